"""Verify that no line of the trail was changed, moved, added or removed since it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from drivetrain.accounts.audit.application.ports import AuditReader
from drivetrain.accounts.audit.domain.chain import NO_LINES, AuditLine, ChainHead

MOST_NAMED = 100


class DamageKind(StrEnum):
    """What is wrong with a line."""

    CHANGED = "changed"
    MISSING = "missing"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Damage:
    """One damaged place.

    Attributes:
        position: of the line that is changed; of the first line that is missing.
        count: how many lines: of a gap or a cut tail; 1 for a changed line.
    """

    position: int
    kind: DamageKind
    count: int = 1

    def __str__(self) -> str:
        """For people."""
        last = self.position + self.count - 1
        lines = f"line {self.position}" if self.count == 1 else f"lines {self.position} to {last}"
        match self.kind:
            case DamageKind.CHANGED:
                return f"{lines}: changed after it was written, or another line stands in its place"
            case DamageKind.MISSING:
                return f"{lines}: missing"
            case DamageKind.CUT:
                return f"{lines}: missing at the end, or replaced by others than the given head belongs to"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found.

    Attributes:
        lines: read.
        head: the last line there is; to be remembered for the next time.
        damages: the first ``MOST_NAMED`` and a cut end, in the order of the lines; empty for a whole trail.
    """

    lines: int
    head: ChainHead
    damages: Sequence[Damage]


@dataclass(frozen=True, slots=True)
class VerifyAudit:
    """Follows the chain from its first line on.

    Attributes:
        key: of the chain.
    """

    reader: AuditReader
    key: bytes

    def __call__(self, head: ChainHead | None = None) -> Verification:
        """Look at every line once; memory does not grow with their number.

        Args:
            head: as it was noted at some earlier time; lines cut off the end since then are noticed by it
                alone.

        Raises:
            UnavailableError: the trail cannot be read.
        """
        damages: list[Damage] = []
        last, lines, is_head_found = NO_LINES, 0, head is None or head == NO_LINES
        for line in self.reader.oldest_first():
            lines += 1
            damage = self._damage(last, line)
            if damage is not None and len(damages) < MOST_NAMED:
                damages.append(damage)
            last = line.head
            is_head_found |= last == head
        if head is not None and not is_head_found:
            damages.append(_cut(head, last))
        return Verification(lines, last, damages)

    def _damage(self, last: ChainHead, line: AuditLine) -> Damage | None:
        if (gap := line.position - last.position - 1) > 0:
            return Damage(last.position + 1, DamageKind.MISSING, gap)
        return None if line.follows(last, self.key) else Damage(line.position, DamageKind.CHANGED)


def _cut(head: ChainHead, last: ChainHead) -> Damage:
    """What is missing where the line of a noted head is not there."""
    if last.position < head.position:
        return Damage(last.position + 1, DamageKind.CUT, head.position - last.position)
    return Damage(head.position, DamageKind.CUT)
