"""A real browser for the pages: Debian's chromium or Chrome, where one is installed.

@needs_browser
def test_it(): with page() as tab: tab.goto(url)
"""

import shutil
from contextlib import contextmanager
from importlib.util import find_spec

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

BROWSER = next((path for name in NAMES if (path := shutil.which(name))), None)

needs_browser = pytest.mark.skipif(
    BROWSER is None or find_spec("playwright") is None, reason="no chromium is installed"
)


@contextmanager
def page(*, scheme: str = "light", width: int = 1200):
    """A tab, and what its pages complained of and asked for: `tab.complaints`, `tab.requests`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": width, "height": 850}, color_scheme=scheme)
        tab.complaints, tab.requests = [], []
        tab.on("console", lambda message: tab.complaints.append(message.text))
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.on("request", lambda request: tab.requests.append(request.url))
        try:
            yield tab
        finally:
            browser.close()
