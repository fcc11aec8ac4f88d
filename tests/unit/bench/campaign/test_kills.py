"""What is killed, and when; nothing here is."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from itertools import count

import pytest
from bench.campaign import kills
from bench.campaign.kills import kill_at_random, kind_of

from drivetrain.adapters.embedded.template import TEMPLATE_NAME


@pytest.mark.parametrize(
    ("name", "command", "kind"),
    [
        ("python", ["python", "-m", "drivetrain.entrypoints.api"], "worker"),
        (TEMPLATE_NAME, ["python", "-m", "drivetrain.entrypoints.api"], ""),
        ("python", ["python", "-m", "drivetrain.entrypoints.process", "dispatch"], "dispatch"),
        ("python", ["python", "-m", "drivetrain.entrypoints.process", "dispatch-kafka"], ""),
        ("valkey-server", ["/wheel/valkey-server unixsocket:/run/redis.sock"], "redis"),
        ("python", ["python", "-m", "drivetrain.entrypoints.work"], ""),
        ("python", [], ""),
    ],
)
def test_what_a_process_is(name: str, command: list[str], kind: str) -> None:
    assert kind_of(name, command) == kind


async def test_every_kind_has_its_turns_and_one_that_is_gone_is_skipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed, is_over, victims = Counter[str](), asyncio.Event(), list[int]()
    pids = {"worker": [101, 102], "dispatch": [], "database": [103]}
    asked = count()

    def kill(pid: int, _: int) -> None:
        victims.append(pid)
        if len(victims) == 20:
            is_over.set()

    monkeypatch.setattr(kills.os, "kill", kill)
    await kill_at_random(
        lambda kind: pids[kind],
        random.Random(1),
        killed,
        pause_s=(0.0, 0.0),
        is_over=is_over,
        is_due=lambda: next(asked) % 3 == 0,
        weights={"worker": 3, "dispatch": 1, "database": 1},
    )
    assert killed == {"worker": 15, "database": 5}
    assert next(asked) >= 3 * 20
    assert set(victims) == {101, 102, 103}
