"""Every page of the web app has its route, so that the tests in a browser, which ask the router, find it."""

from __future__ import annotations

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"
PAGE = re.compile(r'import\("(\./[\w./-]+Page\.vue)"\)')


def test_every_page_has_a_route() -> None:
    cards = [WEB / "app" / "router.ts", *sorted((WEB / "products").glob("*/product.ts"))]
    routed = {
        (card.parent / found).resolve() for card in cards for found in PAGE.findall(card.read_text("utf-8"))
    }
    pages = {
        path.resolve()
        for folder in ("app", "products")
        for path in (WEB / folder).rglob("*Page.vue")
        if path.name != "AppPage.vue"
    }
    assert pages == routed


def test_every_button_that_opens_a_dialog_says_so() -> None:
    """Screen readers tell it, and the tests in a browser open what such a button opens."""
    opens = re.compile(r"<(?:Confirm|Reason|App|Role)Dialog\b|<EraseAccount\b")
    says = 'aria-haspopup="dialog"'
    text = {path: path.read_text("utf-8") for path in sorted((WEB / "products").rglob("*.vue"))}
    silent = [
        str(path.relative_to(WEB))
        for path, source in text.items()
        if opens.search(source) and says not in source and 'defineModel<boolean>("open"' not in source
    ]
    assert silent == []
