"""idpyoidc's relying party against Hufu, which the variable TARGET names. Started by python.test.mjs."""

import json
import os
import unittest
from urllib.parse import parse_qsl, urlsplit

from idpyoidc.client.rp_handler import RPHandler

from person import Person

TARGET = json.loads(os.environ["TARGET"])
CALLBACK = TARGET["app"] + "/callback"
SCOPES = ["openid", "profile", "wechat", "offline_access"]


def relying_party(**more):
    kinds = {
        "discovery": "provider_info_discovery.ProviderInfoDiscovery",
        "authorization": "authorization.Authorization",
        "access_token": "access_token.AccessToken",
        "refresh_access_token": "refresh_access_token.RefreshAccessToken",
        "userinfo": "userinfo.UserInfo",
        "end_session": "end_session.EndSession",
    }
    classes = {name: {"class": f"idpyoidc.client.oidc.{kind}"} for name, kind in kinds.items()}
    config = {
        "issuer": TARGET["issuer"],
        "client_id": TARGET["client_id"],
        "client_secret": TARGET["client_secret"],
        "client_type": "oidc",
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [TARGET["app"] + "/goodbye"],
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "client_authn_methods": ["client_secret_basic", "bearer_header"],
        "services": classes,
        **more,
    }
    return RPHandler(
        base_url=TARGET["app"],
        client_configs={"hufu": config},
        httpc_params={"timeout": 20},
    )


PKCE = {
    "pkce": {
        "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
        "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
    }
}


def log_in(handler, person):
    link = handler.begin("hufu", req_args={"scope": SCOPES})
    callback = person.follow(link if isinstance(link, str) else link["url"], CALLBACK)
    answer = dict(parse_qsl(urlsplit(callback).query))
    return handler.finalize(TARGET["issuer"], answer)


class RelyingParty(unittest.TestCase):
    def test_logs_in(self):
        for more in ({}, {"add_ons": PKCE}):
            with self.subTest(more):
                found = log_in(relying_party(**more), Person())
                self.assertNotIn("error", found)
                self.assertEqual(found["userinfo"]["name"], "张三🙂<b>")
                self.assertEqual(found["id_token"]["iss"], TARGET["issuer"])
                self.assertEqual(found["id_token"]["sub"], found["userinfo"]["sub"])

    def test_refreshes(self):
        handler = relying_party()
        found = log_in(handler, Person())
        fresh = handler.refresh_access_token(found["state"])
        self.assertNotEqual(fresh["access_token"], found["token"])

    def test_logs_out(self):
        handler = relying_party()
        person = Person()
        found = log_in(handler, person)
        goodbye = TARGET["app"] + "/goodbye"
        asked = handler.logout(found["state"], post_logout_redirect_uri=goodbye)
        self.assertTrue(person.follow(asked["url"], goodbye).startswith(goodbye))

    def test_is_refused(self):
        found = log_in(relying_party(), Person(consent="deny"))
        self.assertEqual(found["error"], "access_denied", found)


if __name__ == "__main__":
    unittest.main()
