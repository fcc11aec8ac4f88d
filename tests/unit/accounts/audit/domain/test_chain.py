"""The chain: what a line's HMAC covers, and how a head is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from drivetrain.accounts.audit.domain.chain import (
    NO_LINES,
    AuditLine,
    ChainHead,
    next_line,
    parse_head,
)
from drivetrain.core.audit import AuditEntry, AuditResult
from drivetrain.core.errors import InvalidInputError

KEY = b"k" * 32
AT = datetime(2026, 5, 1, 12, 0, 0, 123456, UTC)
ENTRY = AuditEntry(
    "person:1", "keys.create", "key a", company=UUID(int=7), detail={"scopes": ["predict"], "days": 3}
)
LINE = next_line(NO_LINES, ENTRY, recorded_at=AT, origin="local", key=KEY)


def test_a_line_follows_the_head_that_it_was_written_after_and_no_other() -> None:
    second = next_line(LINE.head, ENTRY, recorded_at=AT, origin="local", key=KEY)
    assert LINE.follows(NO_LINES, KEY)
    assert second.follows(LINE.head, KEY)
    assert second.position == 2
    assert not second.follows(replace(LINE.head, mac=bytes(32)), KEY)
    assert not second.follows(NO_LINES, KEY)
    assert not LINE.follows(NO_LINES, b"x" * 32)


CHANGES = {
    "position": replace(LINE, position=2),
    "instant": replace(LINE, recorded_at=AT + timedelta(microseconds=1)),
    "origin": replace(LINE, origin="203.0.113.0/24"),
    "actor": replace(LINE, entry=replace(ENTRY, actor="person:2")),
    "action": replace(LINE, entry=replace(ENTRY, action="keys.revoke")),
    "object": replace(LINE, entry=replace(ENTRY, object="key b")),
    "result": replace(LINE, entry=replace(ENTRY, result=AuditResult.REFUSED)),
    "company": replace(LINE, entry=replace(ENTRY, company=None)),
    "detail": replace(LINE, entry=replace(ENTRY, detail={"scopes": ["predict"], "days": 4})),
    "type in the detail": replace(LINE, entry=replace(ENTRY, detail={"scopes": ["predict"], "days": "3"})),
    "text moved between columns": replace(LINE, entry=replace(ENTRY, actor="person:", action="1keys.create")),
    "mac": replace(LINE, mac=bytes(32)),
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES.keys())
def test_no_part_of_a_line_can_be_changed(changed: AuditLine) -> None:
    assert not changed.follows(NO_LINES, KEY)


def test_the_order_of_the_detail_and_the_zone_of_the_instant_mean_nothing() -> None:
    detail = dict(reversed(list(ENTRY.detail.items())))
    same = replace(LINE, recorded_at=AT.astimezone(), entry=replace(ENTRY, detail=detail))
    assert same.follows(NO_LINES, KEY)


def test_a_head_is_read_as_it_is_written() -> None:
    head = ChainHead(12, bytes(range(32)))
    assert parse_head(f" {head}\n") == head
    assert parse_head(str(NO_LINES)) == NO_LINES


BAD_HEADS = [
    "",
    "12",
    ":" + "0" * 64,
    "-1:" + "0" * 64,
    "01:" + "0" * 64,  # one spelling of a number
    "1:" + "0" * 63,
    "1:" + "G" * 64,
    "١:" + "0" * 64,  # a digit, but not ours
    "9" * 19 + ":" + "0" * 64,  # more than the column holds
]


@pytest.mark.parametrize("text", BAD_HEADS)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_head(text)
    assert refused.value.code == "audit.bad_head"
