"""The window of a search is a day where nothing is said, and never without bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from drivetrain.core.errors import ContractError
from drivetrain.lifecycle.serving.decision_search import LONGEST_WINDOW, SearchWindow

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "window"),
    [
        (None, None, (NOW - DAY, NOW)),
        (NOW - 3 * DAY, None, (NOW - 3 * DAY, NOW)),
        (None, NOW - 3 * DAY, (NOW - 4 * DAY, NOW - 3 * DAY)),
        (NOW - LONGEST_WINDOW, NOW, (NOW - LONGEST_WINDOW, NOW)),
    ],
)
def test_what_is_left_out_is_a_day_that_ends_now(since, until, window) -> None:
    of_request = SearchWindow.of_request(since, until, NOW)
    assert (of_request.since, of_request.until) == window


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (NOW, NOW),  # nothing lies in it
        (NOW + DAY, None),  # begins after now
        (NOW - LONGEST_WINDOW - timedelta(microseconds=1), NOW),
        (None, FIRST),  # there is no day before it
        (FIRST, LAST),
    ],
)
def test_a_window_without_length_or_of_years_is_refused(since, until) -> None:
    with pytest.raises(ContractError) as refusal:
        SearchWindow.of_request(since, until, NOW)
    assert [(error.code, error.pointer) for error in refusal.value.errors] == [
        ("decisions.bad_window", "/query/from")
    ]
