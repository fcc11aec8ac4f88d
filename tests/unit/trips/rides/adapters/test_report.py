"""The report: all measures and charts, synthetic rides called so, nothing fetched."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

from tests.support.rides import FRIDAY, TUESDAY, day_of_rides

from drivetrain.core.progress import SilentProgress
from drivetrain.core.statistics import Estimate
from drivetrain.trips.rides.adapters.report import estimate_text, report
from drivetrain.trips.rides.application.compare_rides import CompareRides
from drivetrain.trips.rides.domain.comparison import MEASURES


class Ids(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]


def test_a_page_has_every_measure_and_chart_and_fetches_nothing() -> None:
    training, held_back = day_of_rides(TUESDAY, rides=800), day_of_rides(FRIDAY, rides=600)
    found = CompareRides(SilentProgress())(training, held_back, repeats=2, seed=0)
    page = report(
        found,
        "Learned from <a&b>; compared with c.",
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        is_synthetic=True,
    )
    assert page.count("<svg ") == 7
    assert all(measure.words in page for measure in MEASURES)
    assert "SYNTHETIC DATA" in page
    assert "<a&b>" not in page
    assert "2 January 2026, 03:04 UTC" in page
    assert "http" not in page.replace("http-equiv", "")
    parser = Ids()
    parser.feed(page)
    assert len(parser.ids) == len(set(parser.ids))
    assert "nan" not in page.lower().replace("origin and", "")


def test_shares_have_three_digits_and_amounts_two_with_their_unit() -> None:
    mean = Estimate(0.12345, 0.1, 0.2)
    assert estimate_text(mean, "") == "0.123 (0.100 to 0.200)"
    assert estimate_text(mean, "bits") == "0.123 (0.100 to 0.200) bits"
    assert estimate_text(mean, "USD") == "0.12 (0.10 to 0.20) USD"
