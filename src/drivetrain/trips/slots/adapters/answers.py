"""Slots and proofs as answers show them, over HTTP and from the command line."""

from __future__ import annotations

from typing_extensions import TypedDict

from drivetrain.core.time import iso_utc
from drivetrain.trips.slots.application.ports import SlotRecord
from drivetrain.trips.slots.application.status import SlotStatus
from drivetrain.trips.slots.domain.proof import Proof
from drivetrain.trips.slots.domain.slots import SlotGrid

_MOST_NAMED = 100


class SlotAnswer(TypedDict):
    """One slot of the scheduled scoring; ``delay_s`` and ``done_at`` are null until it is done."""

    slot_at: str
    due_at: str
    state: str
    rows: int | None
    delay_s: float | None
    done_at: str | None
    model_version: str | None
    source: str | None
    attempts: int
    error: str | None
    remark: str | None


class NextSlot(TypedDict):
    """The slot that is due next, in so many seconds."""

    slot_at: str
    due_at: str
    in_s: float


class ScorerAnswer(TypedDict):
    """A process that scores, as it was last seen; ``why`` says what keeps it from scoring."""

    owner: str
    seen_at: str
    scheduler: str
    why: str


ProofAnswer = TypedDict(
    "ProofAnswer",
    {
        "from": str,
        "to": str,
        "slots": int,
        "expected": int,
        "written": int,
        "duplicated": int,
        "missing": int,
        "unexpected": int,
        "unscored": list[str],
        "holds": bool,
    },
)
"""Rides of a window counted against its slots; of many unscored slots the oldest are named."""


class SlotStatusAnswer(TypedDict):
    """The scheduled scoring as it is now."""

    now: str
    every_min: int
    slots: list[SlotAnswer]
    next: NextSlot
    scorers: list[ScorerAnswer]
    proof: ProofAnswer


EXAMPLE: dict[str, object] = {
    "now": "2026-05-01T09:32:11.000000Z",
    "every_min": 5,
    "slots": [
        {
            "slot_at": "2026-05-01T09:25:00.000000Z",
            "due_at": "2026-05-01T09:30:00.000000Z",
            "state": "done",
            "rows": 412,
            "delay_s": 1.3,
            "done_at": "2026-05-01T09:30:01.300000Z",
            "model_version": "3",
            "source": "drawn:built-in@3f2a9c01b7de",
            "attempts": 1,
            "error": "",
            "remark": "",
        }
    ],
    "next": {
        "slot_at": "2026-05-01T09:30:00.000000Z",
        "due_at": "2026-05-01T09:35:00.000000Z",
        "in_s": 169.0,
    },
    "scorers": [
        {
            "owner": "planner:4711:9f31aa",
            "seen_at": "2026-05-01T09:32:03.000000Z",
            "scheduler": "prefect",
            "why": "",
        }
    ],
    "proof": {
        "from": "2026-05-01T09:25:00.000000Z",
        "to": "2026-05-01T09:30:00.000000Z",
        "slots": 1,
        "expected": 412,
        "written": 412,
        "duplicated": 0,
        "missing": 0,
        "unexpected": 0,
        "unscored": [],
        "holds": True,
    },
}


def status_answer(status: SlotStatus, grid: SlotGrid) -> SlotStatusAnswer:
    """The status in the words of the API."""
    return {
        "now": iso_utc(status.now),
        "every_min": grid.every_min,
        "slots": [slot_answer(record) for record in status.slots],
        "next": {
            "slot_at": iso_utc(status.next.slot_at),
            "due_at": iso_utc(status.next.due_at),
            "in_s": round((status.next.due_at - status.now).total_seconds(), 1),
        },
        "scorers": [
            {
                "owner": scorer.owner,
                "seen_at": iso_utc(scorer.seen_at),
                "scheduler": scorer.scheduler,
                "why": scorer.why,
            }
            for scorer in status.scorers
        ],
        "proof": proof_answer(status.proof),
    }


def slot_answer(record: SlotRecord) -> SlotAnswer:
    """One slot in the words of the API."""
    done_at, due_at = record.done_at, record.slot.due_at
    return {
        "slot_at": iso_utc(record.slot.slot_at),
        "due_at": iso_utc(due_at),
        "state": record.state,
        "rows": record.rows,
        "delay_s": None if done_at is None else round((done_at - due_at).total_seconds(), 1),
        "done_at": None if done_at is None else iso_utc(done_at),
        "model_version": record.model_version,
        "source": record.source,
        "attempts": record.attempts,
        "error": record.error,
        "remark": record.remark,
    }


def proof_answer(proof: Proof) -> ProofAnswer:
    """A proof in the words of the API; of many unscored slots the oldest are named."""
    return {
        "from": iso_utc(proof.begin),
        "to": iso_utc(proof.end),
        "slots": proof.slots,
        "expected": proof.expected,
        "written": proof.written,
        "duplicated": proof.duplicated,
        "missing": proof.missing,
        "unexpected": proof.unexpected,
        "unscored": [iso_utc(slot_at) for slot_at in proof.unscored[:_MOST_NAMED]],
        "holds": proof.holds,
    }
