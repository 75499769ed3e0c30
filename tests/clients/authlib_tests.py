"""Authlib against Hufu, which the variable TARGET names. Started by python.test.mjs."""

import json
import os
import unittest
from urllib.parse import parse_qs, urlsplit

# Authlib refuses to send tokens over plain HTTP otherwise; the tests stay on this machine.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests  # noqa: E402
from authlib.integrations.base_client.errors import OAuthError  # noqa: E402
from authlib.integrations.flask_client import OAuth  # noqa: E402
from authlib.integrations.requests_client import OAuth2Session  # noqa: E402
from authlib.oauth2.rfc7523 import PrivateKeyJWT  # noqa: E402
from flask import Flask, jsonify, redirect, session, url_for  # noqa: E402

from person import Person  # noqa: E402

TARGET = json.loads(os.environ["TARGET"])
APP = TARGET["app"]
CALLBACK = f"{APP}/callback"
METADATA_URL = TARGET["issuer"] + "/.well-known/openid-configuration"
METADATA = requests.get(METADATA_URL, timeout=20).json()


def flask_app(**more):
    """An app as Authlib's guide for Flask writes it."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="0123456789abcdef", SERVER_NAME=urlsplit(APP).netloc)
    oauth = OAuth(app)
    oauth.register(
        "hufu",
        client_id=TARGET["client_id"],
        client_secret=TARGET["client_secret"],
        server_metadata_url=METADATA_URL,
        client_kwargs={"scope": "openid profile wechat", **more},
    )

    @app.get("/login")
    def login():
        return oauth.hufu.authorize_redirect(CALLBACK)

    @app.get("/callback")
    def callback():
        try:
            token = oauth.hufu.authorize_access_token()
        except OAuthError as error:
            return jsonify(error=error.error), 403
        session["user"] = token["userinfo"]
        return jsonify(claims=token["userinfo"], user=oauth.hufu.userinfo(token=token))

    @app.get("/logout")
    def logout():
        session.clear()
        return redirect(url_for("login"))

    return app


def session_for(scope="openid profile wechat offline_access", **more):
    """What Authlib's guide for scripts writes."""
    return OAuth2Session(
        TARGET["client_id"], TARGET["client_secret"], scope=scope, redirect_uri=CALLBACK,
        code_challenge_method="S256", token_endpoint=METADATA["token_endpoint"], **more,
    )


def log_in(client, person=None):
    verifier = "v" * 50
    link, state = client.create_authorization_url(METADATA["authorization_endpoint"], code_verifier=verifier)
    callback = (person or Person()).follow(link, CALLBACK)
    token = client.fetch_token(
        METADATA["token_endpoint"], authorization_response=callback, state=state, code_verifier=verifier)
    return token


class Web(unittest.TestCase):
    def through_flask(self, person, **more):
        browser = flask_app(**more).test_client()
        away = browser.get("/login", base_url=APP)
        self.assertEqual(away.status_code, 302)
        back = person.follow(away.headers["location"], CALLBACK)
        return browser.get(back, base_url=APP)

    def test_logs_in(self):
        for more in ({}, {"code_challenge_method": "S256"}, {"token_endpoint_auth_method": "client_secret_post"}):
            with self.subTest(more):
                answer = self.through_flask(Person(), **more)
                self.assertEqual(answer.status_code, 200, answer.text)
                self.assertEqual(answer.json["claims"]["iss"], TARGET["issuer"])
                self.assertEqual(answer.json["user"]["sub"], answer.json["claims"]["sub"])
                self.assertEqual(answer.json["user"]["name"], "张三🙂<b>")

    def test_is_refused(self):
        answer = self.through_flask(Person(consent="deny"))
        self.assertEqual((answer.status_code, answer.json), (403, {"error": "access_denied"}))


class Script(unittest.TestCase):
    def test_refreshes(self):
        client = session_for()
        token = log_in(client)
        first = (token["access_token"], token["refresh_token"])
        fresh = client.refresh_token(METADATA["token_endpoint"], refresh_token=token["refresh_token"])
        self.assertNotIn(fresh["access_token"], first)
        self.assertNotIn(fresh["refresh_token"], first)
        user = client.get(METADATA["userinfo_endpoint"]).json()
        self.assertEqual(user["name"], "张三🙂<b>")

    def test_refreshes_by_itself(self):
        seen = []
        client = session_for(update_token=lambda token, **_: seen.append(token["access_token"]))
        token = log_in(client)
        client.token["expires_at"] = 1
        self.assertEqual(client.get(METADATA["userinfo_endpoint"]).status_code, 200)
        self.assertEqual(len(seen), 1)
        self.assertNotEqual(seen[0], token["access_token"])

    def test_introspects_and_revokes(self):
        client = session_for()
        token = log_in(client)["access_token"]

        def about():
            return client.introspect_token(METADATA["introspection_endpoint"], token=token).json()

        self.assertTrue(about()["active"])
        answer = client.revoke_token(METADATA["revocation_endpoint"], token=token)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(about(), {"active": False})

    def test_logs_out(self):
        person = Person()
        hint = log_in(session_for(), person)["id_token"]
        goodbye = f"{APP}/goodbye"
        link = requests.Request("GET", METADATA["end_session_endpoint"], params={
            "id_token_hint": hint, "post_logout_redirect_uri": goodbye, "state": "by3"}).prepare().url
        self.assertEqual(person.follow(link, goodbye), f"{goodbye}?state=by3")
        silent, _ = session_for().create_authorization_url(
            METADATA["authorization_endpoint"], code_verifier="v" * 50, prompt="none")
        refused = parse_qs(urlsplit(person.follow(silent, CALLBACK)).query)
        self.assertEqual(refused["error"], ["login_required"])


class OwnKeys(unittest.TestCase):
    def test_signs_an_assertion(self):
        given = TARGET["assertion"]
        client = OAuth2Session(
            given["client_id"], given["private_key"], token_endpoint_auth_method="private_key_jwt",
            scope="openid", redirect_uri=CALLBACK, code_challenge_method="S256",
        )
        client.register_client_auth_method(PrivateKeyJWT(METADATA["token_endpoint"]))
        self.assertIn("id_token", log_in(client))


if __name__ == "__main__":
    unittest.main()
