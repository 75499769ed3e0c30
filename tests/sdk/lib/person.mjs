// A person with WeChat on their phone: follows a login as its browser would.

// What WeChat's own browser calls itself.
export const WECHAT =
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 "
  + "Mobile Safari/537.36 MicroMessenger/8.0.50.2701(0x28003253) WeChat/arm64 Language/zh_CN";

const MOST_HOPS = 12;

// Opens a link of an app at `target` as one of the stand-in's people; gives the URL at which the app is called back.
export async function logIn(target, link, { user = "zhangsan", consent = "allow" } = {}) {
  const cookies = new Map();
  // The SDKs name WeChat's host in links; a phone asks its own DNS, so an app writes another host into them.
  let url = link.replace("https://open.weixin.qq.com/", `${target.url}/`);
  for (let hop = 0; hop < MOST_HOPS; hop += 1) {
    if (!target.within.some((base) => url.startsWith(base))) return new URL(url);
    const { host } = new URL(url);
    const jar = cookies.get(host) ?? new Map();
    const answer = await fetch(url, {
      redirect: "manual",
      headers: {
        "user-agent": WECHAT,
        "x-sim-user": user,
        "x-sim-consent": consent,
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
      },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(";");
      jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    cookies.set(host, jar);
    const location = answer.headers.get("location");
    if (location === null) throw new Error(`${answer.status} at ${url}: ${await answer.text()}`);
    url = new URL(location, url).href;
  }
  throw new Error(`redirected in a circle: ${url}`);
}
