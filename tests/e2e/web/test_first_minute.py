"""From the printed address: whoever clicks only what is visible comes to a price and to a promotion in few actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.browser import needs_browser, needs_web_app, printed_link, watched_context
from tests.support.first_minute import MODEL, MOST_ACTIONS, visit
from tests.support.platform import RunningPlatform

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [needs_browser, needs_web_app, pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_price_and_a_promotion_take_twelve_actions_from_the_printed_address(
    browser: Browser, served: RunningPlatform
) -> None:
    """How long they take is measured by the command, on a machine that does nothing else."""
    with watched_context(browser) as (context, complaints):
        visitor = visit(context.new_page(), printed_link(served))
        assert complaints.unexpected() == []
    assert len(visitor.actions) <= MOST_ACTIONS
    with served.client() as client:
        assert client.get(f"/models/{MODEL}").json()["champion"]["version"] == "2"
