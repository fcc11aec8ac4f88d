"""A public page shows what everybody may see, in three languages, and runs nothing that a seller wrote."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from tests.support.market import listed_car, listing_of

from drivetrain.adapters.http.plain_pages import preferred_language
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.shares.adapters.page import LANGUAGES, gone_page, listing_page

EVIL = '"><script>alert(1)</script>'


def evil_listing() -> Listing:
    listing = listing_of(listed_car(1, make=f"BMW{EVIL}", model=f"3{EVIL}", place=EVIL))
    car = replace(listing.car, variant=EVIL, description=EVIL, vin="WBAVIN", reference="REF-1", fuel="diesel")
    return replace(listing, car=car)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_escaped_and_allows_nothing(language: str) -> None:
    answer = listing_page(evil_listing(), language)
    page, policy = bytes(answer.body).decode(), answer.headers["content-security-policy"]
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "WBAVIN" not in page and "REF-1" not in page
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
    for rule in ("default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "script-src" not in policy and "unsafe" not in policy
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    assert (answer.headers["cache-control"], answer.headers["x-robots-tag"]) == ("no-store", "noindex")


def test_a_preview_has_title_and_price() -> None:
    page = bytes(listing_page(listing_of(listed_car(1)), "en").body).decode()
    assert '<meta property="og:title" content="BMW 3 Series 2018">' in page
    assert '<meta property="product:price:amount" content="15000.0">' in page
    assert '<meta property="product:price:currency" content="EUR">' in page
    assert "og:image" not in page, "a listing without photos has none"
    assert "60\u202f000 km" in page


def test_what_is_gone_says_nothing_of_the_car() -> None:
    for language in LANGUAGES:
        assert gone_page(language).status_code == 404
        assert "og:" not in bytes(gone_page(language).body).decode()


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr, ar;q=0.3, de;q=0.2", "ar"),
        ("de;q=0, ar;q=0.1", "ar"),
        ("*", "en"),
        ("de;q=x, ;q=, ,,,", "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_language_is_what_the_browser_asks_for(asked: str, language: str) -> None:
    assert preferred_language(asked, LANGUAGES) == language
