"""Verifying: each kind of damage is found and named, and a whole trail is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from drivetrain.accounts.audit.application.ports import AuditFilter
from drivetrain.accounts.audit.application.verify_audit import MOST_NAMED, Damage, DamageKind, VerifyAudit
from drivetrain.accounts.audit.domain.chain import NO_LINES, AuditLine, ChainHead, next_line
from drivetrain.core.audit import AuditEntry

KEY = b"k" * 32
AT = datetime(2026, 5, 1, tzinfo=UTC)
CHANGED, MISSING, CUT = DamageKind.CHANGED, DamageKind.MISSING, DamageKind.CUT


def chain(count: int, *, after: ChainHead = NO_LINES, key: bytes = KEY) -> list[AuditLine]:
    lines: list[AuditLine] = []
    for number in range(count):
        entry = AuditEntry("somebody", "keys.create", f"key {number}")
        lines.append(next_line(after, entry, recorded_at=AT, origin="local", key=key))
        after = lines[-1].head
    return lines


@dataclass
class MemoryAuditReader:
    """Lines in a list."""

    lines: Sequence[AuditLine]

    def newest(self, wanted: AuditFilter, *, before: int | None, most: int) -> Sequence[AuditLine]:
        raise NotImplementedError

    def oldest_first(self) -> Iterator[AuditLine]:
        return iter(sorted(self.lines, key=lambda line: line.position))

    def head(self) -> ChainHead:
        raise NotImplementedError


def damages(lines: Sequence[AuditLine], head: ChainHead | None = None) -> list[Damage]:
    return list(VerifyAudit(MemoryAuditReader(lines), KEY)(head).damages)


def forged(line: AuditLine) -> AuditLine:
    return replace(line, entry=replace(line.entry, actor="nobody"))


def test_a_whole_trail_is_whole_with_every_head_it_ever_had() -> None:
    lines = chain(5)
    verification = VerifyAudit(MemoryAuditReader(lines), KEY)()
    assert (verification.lines, verification.head, verification.damages) == (5, lines[-1].head, [])
    for head in (NO_LINES, *(line.head for line in lines)):
        assert damages(lines, head) == []
    assert damages([]) == []


DAMAGED: dict[str, tuple[Callable[[list[AuditLine]], list[AuditLine]], list[Damage]]] = {
    "one changed": (lambda c: [*c[:2], forged(c[2]), *c[3:]], [Damage(3, CHANGED)]),
    "the first changed": (lambda c: [forged(c[0]), *c[1:]], [Damage(1, CHANGED)]),
    "two changed": (
        lambda c: [c[0], forged(c[1]), c[2], forged(c[3]), c[4]],
        [Damage(2, CHANGED), Damage(4, CHANGED)],
    ),
    # its own HMAC no longer fits, nor does that of the line that covers it
    "an hmac changed": (
        lambda c: [*c[:2], replace(c[2], mac=bytes(32)), *c[3:]],
        [Damage(3, CHANGED), Damage(4, CHANGED)],
    ),
    "one removed": (lambda c: [*c[:2], *c[3:]], [Damage(3, MISSING)]),
    "two removed": (lambda c: [*c[:1], *c[3:]], [Damage(2, MISSING, 2)]),
    "the first removed": (lambda c: c[1:], [Damage(1, MISSING)]),
    "two exchanged": (
        lambda c: [c[0], replace(c[2], position=2), replace(c[1], position=3), *c[3:]],
        [Damage(2, CHANGED), Damage(3, CHANGED), Damage(4, CHANGED)],
    ),
    "the rest written again with another key": (
        lambda c: [*c[:3], *chain(2, after=c[2].head, key=b"x" * 32)],
        [Damage(4, CHANGED), Damage(5, CHANGED)],
    ),
}


@pytest.mark.parametrize(("damage", "expected"), DAMAGED.values(), ids=DAMAGED.keys())
def test_damage_is_named_by_its_line(
    damage: Callable[[list[AuditLine]], list[AuditLine]], expected: list[Damage]
) -> None:
    assert damages(damage(chain(5))) == expected


def test_a_cut_end_is_found_by_a_head_that_was_noted_before() -> None:
    lines = chain(5)
    assert damages(lines[:3]) == []
    assert damages(lines[:3], lines[4].head) == [Damage(4, CUT, 2)]
    assert damages([], lines[4].head) == [Damage(1, CUT, 5)]


def test_an_end_that_was_cut_and_grew_again_is_found_too() -> None:
    """Even by somebody with the key: the noted head is not in the new chain."""
    lines = chain(5)
    grown = [*lines[:3], *chain(4, after=lines[2].head)]
    assert damages(grown) == []
    assert damages(grown, lines[4].head) == [Damage(5, CUT)]


def test_the_list_of_damages_is_bounded() -> None:
    lines = [forged(line) for line in chain(MOST_NAMED + 50)]
    verification = VerifyAudit(MemoryAuditReader(lines), KEY)()
    assert len(verification.damages) == MOST_NAMED
    assert verification.lines == MOST_NAMED + 50


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (Damage(3, CHANGED), "line 3: changed"),
        (Damage(3, MISSING), "line 3: missing"),
        (Damage(3, MISSING, 2), "lines 3 to 4: missing"),
        (Damage(3, CUT, 2), "lines 3 to 4: missing at the end"),
    ],
)
def test_people_read_which_lines(damage: Damage, sentence: str) -> None:
    assert str(damage).startswith(sentence)
