// npm wechat-jssdk: its configuration names the hosts.
import { createRequire } from "node:module";

import { loginsWith } from "./lib/logins.mjs";

const { OAuth } = createRequire(import.meta.url)("wechat-jssdk");
const Store = createRequire(import.meta.url)("wechat-jssdk/lib/store/Store");

loginsWith("wechat-jssdk", (target) => {
  const oauth = new OAuth({
    appId: target.appId,
    appSecret: target.secret,
    wechatRedirectUrl: target.redirectUri,
    oAuthUrl: `${target.url}/connect/oauth2/authorize`,
    apiUrl: target.url,
    store: new Store({ noInterval: true }),
  });
  return {
    // It puts a state of its own where there is none.
    link: (state, scope) => oauth.generateOAuthUrl(target.redirectUri, scope, state),
    exchange: (code) => oauth.getAccessToken(code),
    refresh: async (token) => {
      const kept = await oauth.getUserBaseInfo(undefined, undefined).catch(() => ({}));
      return oauth.refreshAccessToken(kept.openid, { ...kept, refresh_token: token });
    },
    userinfo: (tokens) => oauth.getUserInfoRemotely(tokens),
    numberOf: (error) => error.errcode ?? String(error),
  };
});
