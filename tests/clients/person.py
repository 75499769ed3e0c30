"""A person with WeChat on their phone, in one browser that keeps its cookies: goes where links lead, up to an app."""

import re
from html import unescape
from urllib.parse import urljoin

import requests

WECHAT = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 "
    "Mobile Safari/537.36 MicroMessenger/8.0.50.2701(0x28003253) WeChat/arm64 Language/zh_CN"
)


class Person:
    """One of the stand-in's people."""

    def __init__(self, user="zhangsan", consent="allow"):
        self.browser = requests.Session()
        self.browser.trust_env = False
        self.browser.headers.update({"user-agent": WECHAT, "x-sim-user": user, "x-sim-consent": consent})

    def follow(self, link, until):
        """Opens a link and goes where it leads; gives the first address that starts with `until`.

        Whoever is asked whether an app may have what it wants, by `prompt=consent`, allows it.
        """
        url = link
        for _ in range(20):
            if url.startswith(until):
                return url
            answer = self.browser.get(url, allow_redirects=False, timeout=20)
            if answer.status_code == 200 and 'name="answer" value="allow"' in answer.text:
                answer = self.allow(answer)
            assert answer.is_redirect, (answer.status_code, url, answer.text)
            url = urljoin(url, answer.headers["location"])
        raise AssertionError("redirected in a circle")

    def allow(self, page):
        """Presses the button of a page's only form."""
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
        form = {name: unescape(value) for name, value in hidden} | {"answer": "allow"}
        origin = {"origin": re.match(r"https?://[^/]+", page.url).group()}
        return self.browser.post(page.url, data=form, headers=origin, allow_redirects=False, timeout=20)
