"""wechatpy against one target, which the variable TARGET names. Started by wechatpy.test.mjs."""

import json
import os
import unittest
import warnings
from urllib.parse import parse_qs, urljoin, urlsplit

# wechatpy of 2020 says a lot about its own age.
warnings.simplefilter("ignore")

import requests  # noqa: E402
from wechatpy.client import WeChatClient  # noqa: E402
from wechatpy.exceptions import WeChatClientException, WeChatOAuthException  # noqa: E402
from wechatpy.oauth import WeChatOAuth  # noqa: E402

TARGET = json.loads(os.environ["TARGET"])
WECHAT = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 "
    "Mobile Safari/537.36 MicroMessenger/8.0.50.2701(0x28003253) WeChat/arm64 Language/zh_CN"
)


class OAuth(WeChatOAuth):
    """The host is changed as wechatpy means it: by its class attributes."""

    API_BASE_URL = TARGET["url"] + "/"
    OAUTH_BASE_URL = TARGET["url"] + "/connect/"


def oauth(scope="snsapi_userinfo", state="st4te", secret=TARGET["secret"]):
    return OAuth(TARGET["appId"], secret, TARGET["redirectUri"], scope, state)


def log_in(link, user="zhangsan"):
    """Follows a link as WeChat's browser would; gives the parameters of the app's callback."""
    browser = requests.Session()
    browser.trust_env = False
    browser.headers.update({"user-agent": WECHAT, "x-sim-user": user, "x-sim-consent": "allow"})
    url = link
    for _ in range(12):
        if not any(url.startswith(base) for base in TARGET["within"]):
            assert url.startswith(TARGET["redirectUri"]), url
            found = parse_qs(urlsplit(url).query, keep_blank_values=True)
            return {name: values[0] for name, values in found.items()}
        answer = browser.get(url, allow_redirects=False, timeout=20)
        assert answer.is_redirect, (answer.status_code, answer.text)
        url = urljoin(url, answer.headers["location"])
    raise AssertionError("redirected in a circle")


class Login(unittest.TestCase):
    def test_the_whole_of_it(self):
        client = oauth()
        callback = log_in(client.authorize_url)
        self.assertEqual(callback["state"], "st4te")
        tokens = client.fetch_access_token(callback["code"])
        self.assertEqual(tokens["scope"], "snsapi_userinfo")
        self.assertEqual(tokens["expires_in"], 7200)
        self.assertTrue(client.check_access_token())
        user = client.get_user_info()
        self.assertEqual(user["openid"], tokens["openid"])
        self.assertEqual(user["nickname"], "张三🙂<b>")
        again = client.refresh_access_token(client.refresh_token)
        self.assertEqual(again["access_token"], tokens["access_token"])
        self.assertEqual(again["openid"], tokens["openid"])

        with self.assertRaises(WeChatOAuthException) as used:
            oauth().fetch_access_token(callback["code"])
        self.assertEqual(used.exception.errcode, 40163)

    def test_the_ids_only_and_no_state(self):
        client = oauth(scope="snsapi_base", state="")
        tokens = client.fetch_access_token(log_in(client.authorize_url, "lisi")["code"])
        self.assertNotIn("unionid", tokens)
        with self.assertRaises(WeChatOAuthException) as refused:
            client.get_user_info()
        self.assertEqual(refused.exception.errcode, 48001)

    def test_errors_are_its_own(self):
        def number(call):
            with self.assertRaises(WeChatOAuthException) as raised:
                call()
            self.assertIn("rid: ", raised.exception.errmsg)
            return raised.exception.errcode

        client = oauth()
        self.assertEqual(number(lambda: client.fetch_access_token("nonsense")), 40029)
        self.assertEqual(number(lambda: oauth(secret="0" * 32).fetch_access_token("nonsense")), 40125)
        self.assertEqual(number(lambda: client.refresh_access_token("nonsense")), 40030)
        self.assertEqual(number(lambda: client.get_user_info("oNobody", "nonsense")), 40001)
        self.assertEqual(number(lambda: client.check_access_token("oNobody", "nonsense")), 40001)


class Client(WeChatClient):
    """The token's URL is written into wechatpy: the method is overridden."""

    API_BASE_URL = TARGET["url"] + "/cgi-bin/"

    def fetch_access_token(self):
        asked = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        return self._fetch_access_token(url=TARGET["url"] + "/cgi-bin/token", params=asked)


@unittest.skipUnless(TARGET.get("server"), "this target gives the app no right to the account")
class Server(unittest.TestCase):
    def test_calls_in_the_accounts_name(self):
        login = oauth()
        login.fetch_access_token(log_in(login.authorize_url)["code"])
        client = Client(TARGET["appId"], TARGET["secret"])
        self.assertEqual(client.user.get(login.open_id)["openid"], login.open_id)
        self.assertTrue(client.jsapi.get_ticket()["ticket"])
        self.assertGreater(client.expires_at, 0)
        # A dead token is fetched anew and the call made again, by wechatpy itself.
        client.session.set(client.access_token_key, "nonsense")
        self.assertEqual(client.user.get(login.open_id)["openid"], login.open_id)

    def test_errors_are_its_own(self):
        with self.assertRaises(WeChatClientException) as refused:
            Client(TARGET["appId"], "0" * 32).fetch_access_token()
        self.assertEqual(refused.exception.errcode, 40125)


if __name__ == "__main__":
    unittest.main()
