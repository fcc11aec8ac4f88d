"""Judging a recorded history: which version may have answered when, and whether an answer is that version's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from bench.load import Answered, said


@dataclass(frozen=True, slots=True)
class Release:
    """A promotion or roll-back; instants of the monotonic clock.

    Attributes:
        version: live afterwards.
        behind: workers that did not follow in time, as the answer told.
    """

    asked_at_s: float
    done_at_s: float
    version: str
    behind: tuple[str, ...]

    @property
    def took_s(self) -> float:
        """Until every worker served the version."""
        return self.done_at_s - self.asked_at_s


def mixed(trace: Sequence[Answered], expected: Mapping[str, Sequence[str]]) -> list[Answered]:
    """Answers that are not what the version they name answers to that request.

    Args:
        expected: by version, what it says to each request.
    """
    return [
        each
        for each in trace
        if each.version not in expected or each.said != expected[each.version][each.request]
    ]


def out_of_time(trace: Sequence[Answered], releases: Sequence[Release], first: str) -> list[Answered]:
    """Answers from a version that could not have been live at any moment between request and answer.

    A version may answer from when its release was asked for until the next release has returned: a release
    returns when every worker serves the new version, so what is asked after that must be answered by it.

    Args:
        releases: in order.
        first: the version that was live before them.
    """
    begins = [float("-inf"), *(release.asked_at_s for release in releases)]
    ends = [*(release.done_at_s for release in releases), float("inf")]
    spans = list(zip(begins, ends, [first, *(release.version for release in releases)], strict=True))
    return [
        each
        for each in trace
        if not any(
            begin <= each.at_s and each.sent_at_s <= end and each.version == version
            for begin, end, version in spans
        )
    ]


def last_stale_s(trace: Sequence[Answered], release: Release, until_s: float) -> float:
    """Seconds from asking for a release until the last answer of another version; 0 when there was none."""
    stale = [
        each.at_s
        for each in trace
        if release.asked_at_s <= each.at_s < until_s and each.version != release.version
    ]
    return max(stale, default=release.asked_at_s) - release.asked_at_s


def answers_to(client: httpx.Client, path: str, rows: Sequence[object]) -> tuple[str, list[str]]:
    """What the live version says to each row, and which version that is.

    Raises:
        RuntimeError: two versions answered.
    """
    answers = [client.post(path, json=row).raise_for_status() for row in rows]
    versions = {answer.json()["model"]["version"] for answer in answers}
    if len(versions) != 1:
        raise RuntimeError(f"versions {versions} answered")
    return versions.pop(), [said(answer.content) for answer in answers]
