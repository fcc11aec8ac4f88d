"""Every answer under promotions and roll-backs is recorded and checked as a history."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import orjson
import pytest
from bench.history import Release, answers_to, last_stale_s, mixed, out_of_time
from bench.load import Answered, Job, as_request, generating
from bench.promote import release
from tests.support.listings import LISTINGS
from tests.support.platform import running

pytestmark = pytest.mark.slow

RATE = 300
RELEASES = 10
"""A hundred of them are measured by ``make bench``."""

WITHIN_S = 1.0
ROWS = [{**LISTINGS[number % len(LISTINGS)], "mileage": 5_000 + 3_000 * number} for number in range(64)]
PATH = "/rental/price?explain=false"


def test_no_answer_under_load_is_mixed_late_or_failed(new_home: Callable[[], Path]) -> None:
    with running(new_home()) as platform, platform.client() as client:
        expected = {}
        for _ in range(2):
            live, own = answers_to(client, PATH, ROWS)
            expected[live] = own
            release(client, "2" if live == "1" else None)
        assert set(expected) == {"1", "2"}
        assert expected["1"] != expected["2"]
        trace, releases = under_load(
            platform.port,
            platform.admin_key,
            lambda number: release(client, "2" if number % 2 == 0 else None),
        )
        assert [each.version for each in releases] == ["2", "1"] * (RELEASES // 2)
        assert [each.behind for each in releases] == [()] * RELEASES
        took_s = [each.took_s for each in releases]
        # of each of a hundred, on a machine of its own: ``make bench``
        assert median(took_s) <= WITHIN_S, took_s
        assert {each.version for each in trace} == {"1", "2"}
        assert mixed(trace, expected) == []
        assert out_of_time(trace, releases, "1") == []
        assert platform.failures() == []


def under_load(port: int, key: str, move: Callable[[int], Release]) -> tuple[list[Answered], list[Release]]:
    """Answers and releases of a few seconds; fails when a request does."""
    headers = {"x-api-key": key}
    requests = [as_request("POST", PATH, headers=headers, body=orjson.dumps(row)) for row in ROWS]
    releases = []
    with generating(
        Job("127.0.0.1", port, requests, 16, RELEASES * 0.7 + 1, rate=RATE, wants_trace=True)
    ) as generator:
        time.sleep(1)
        for number in range(RELEASES):
            releases.append(move(number))
            time.sleep(0.1)
        seen = generator.result()
    assert (seen.failed, seen.unsent, set(seen.statuses)) == (0, 0, {"200"})
    return seen.trace, releases


def answered(sent_at_s: float, at_s: float, version: str, said: str = "a", request: int = 0) -> Answered:
    return Answered(1, sent_at_s, at_s, request, version, said)


HISTORY = [Release(10.0, 10.4, "2", ()), Release(20.0, 20.4, "1", ())]


@pytest.mark.parametrize(
    ("trace", "wrong"),
    [
        ([answered(1, 2, "1"), answered(12, 13, "2"), answered(21, 22, "1")], []),
        ([answered(10.1, 10.2, "1"), answered(10.1, 10.2, "2")], []),  # while it moves, either may answer
        ([answered(9.9, 10.01, "2")], []),  # asked before, answered after
        ([answered(10.41, 10.42, "1")], [0]),  # asked after the promotion had returned
        ([answered(9.8, 9.9, "2")], [0]),  # nobody had asked for it yet
        ([answered(30, 31, "2"), answered(30, 31, "3")], [0, 1]),
    ],
)
def test_the_check_of_a_history_finds_what_is_out_of_time(
    trace: Sequence[Answered], wrong: list[int]
) -> None:
    assert out_of_time(trace, HISTORY, "1") == [trace[at] for at in wrong]


def test_the_check_of_answers_finds_what_another_version_said() -> None:
    expected = {"1": ["a", "b"], "2": ["c", "d"]}
    right = [answered(1, 2, "1", "b", 1), answered(1, 2, "2", "c", 0)]
    wrong = [answered(1, 2, "1", "c", 0), answered(1, 2, "1", "b", 0), answered(1, 2, "3", "a", 0)]
    assert mixed([*right, *wrong], expected) == wrong


def test_the_last_stale_answer_counts() -> None:
    trace = [
        answered(9, 10.1, "1"),
        answered(10, 10.3, "1"),
        answered(10, 10.35, "2"),
        answered(20, 20.2, "2"),
    ]
    assert last_stale_s(trace, HISTORY[0], 20.0) == pytest.approx(0.3)
    assert last_stale_s([], HISTORY[0], 20.0) == 0.0
