"""social-auth-core's own OpenIdConnectAuth against Hufu, which the variable TARGET names. Started by python.test.mjs."""

import json
import os
import unittest
from urllib.parse import parse_qsl, urlsplit

from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.exceptions import AuthCanceled
from social_core.storage import AssociationMixin, BaseStorage, CodeMixin, NonceMixin, UserMixin
from social_core.strategy import BaseStrategy

from person import Person

TARGET = json.loads(os.environ["TARGET"])
CALLBACK = TARGET["app"] + "/callback"


class User(UserMixin):
    """Nobody is kept: the pipeline ends before."""


class Association(AssociationMixin):
    """The nonces that this login was given; a framework has a table of them."""

    kept = {}

    @classmethod
    def store(cls, server_url, association):
        row = cls()
        row.id = row.handle = association.handle
        row.issued, row.lifetime, row.assoc_type = association.issued, association.lifetime, association.assoc_type
        cls.kept[(server_url, row.handle)] = row

    @classmethod
    def get(cls, server_url=None, handle=None):
        found = cls.kept.get((server_url, handle))
        return [found] if found else []

    @classmethod
    def remove(cls, ids_to_delete):
        cls.kept = {key: one for key, one in cls.kept.items() if one.id not in ids_to_delete}


class Nonce(NonceMixin):
    """Values that are good once."""

    kept = set()

    @classmethod
    def use(cls, server_url, timestamp, salt):
        cls.kept.add((server_url, timestamp, salt))
        return True

    @classmethod
    def consume(cls, server_url, timestamp, salt):
        if (server_url, timestamp, salt) not in cls.kept:
            return False
        cls.kept.remove((server_url, timestamp, salt))
        return True


class Storage(BaseStorage):
    user = User
    association = Association
    nonce = Nonce
    code = CodeMixin


class Strategy(BaseStrategy):
    """What Django, Flask and the like have each one of: settings, a session, a request."""

    def __init__(self):
        super().__init__(Storage)
        self.session = {}
        self.data = {}
        self.settings = {
            "SOCIAL_AUTH_OIDC_OIDC_ENDPOINT": TARGET["issuer"],
            "SOCIAL_AUTH_OIDC_KEY": TARGET["client_id"],
            "SOCIAL_AUTH_OIDC_SECRET": TARGET["client_secret"],
            "SOCIAL_AUTH_OIDC_SCOPE": ["openid", "profile", "offline_access"],
        }

    def get_setting(self, name):
        return self.settings[name]

    def redirect(self, url):
        return url

    def request_data(self, merge=True):
        return self.data

    def session_get(self, name, default=None):
        return self.session.get(name, default)

    def session_set(self, name, value):
        self.session[name] = value

    def session_pop(self, name):
        return self.session.pop(name, None)

    def build_absolute_uri(self, path=None):
        return path

    def get_pipeline(self, backend=None):
        return ["social_core.pipeline.social_auth.social_details", "social_core.pipeline.social_auth.social_uid"]


def log_in(person):
    strategy = Strategy()
    backend = OpenIdConnectAuth(strategy, redirect_uri=CALLBACK)
    link = backend.start()
    callback = person.follow(link, CALLBACK)
    strategy.data = dict(parse_qsl(urlsplit(callback).query))
    backend = OpenIdConnectAuth(strategy, redirect_uri=CALLBACK)
    seen = {}

    # What the pipeline would be started with.
    def authenticate(*_, **kwargs):
        seen.update(kwargs)
        return seen

    strategy.authenticate = authenticate
    backend.auth_complete()
    return backend, seen["response"]


class SocialAuth(unittest.TestCase):
    def test_logs_in_and_refreshes(self):
        backend, found = log_in(Person())
        self.assertEqual(backend.id_token["iss"], TARGET["issuer"])
        self.assertEqual(found["sub"], backend.id_token["sub"])
        self.assertEqual(backend.get_user_details(found)["fullname"], "张三🙂<b>")
        fresh = backend.refresh_token(found["refresh_token"])
        self.assertNotEqual(fresh["access_token"], found["access_token"])
        self.assertEqual(backend.user_data(fresh["access_token"])["sub"], found["sub"])

    def test_is_refused(self):
        with self.assertRaises(AuthCanceled):
            log_in(Person(consent="deny"))


if __name__ == "__main__":
    unittest.main()
