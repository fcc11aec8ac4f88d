"""A challenger beside the champion: each answers a copy of what the other one answered."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from drivetrain.core.time import Clock
from drivetrain.lifecycle.releasing.redeciding import Redecide, answers_or_none
from drivetrain.lifecycle.releasing.trial_store import ShadowAnswer, TrialStore
from drivetrain.lifecycle.serving.predictions import Decision, DecisionWriter, Predictor

SHADOW_QUEUE = 10_000
"""Decisions that may wait for their shadow in one process."""

SHADOW_ROWS = 256
"""Most rows answered at once; keeps the interpreter's lock free for requests."""


class Shadow:
    """Answers a copy of the traffic with the version that did not answer it, on a thread of its own.

    Args:
        redecide: by model name.
        queue_limit: most decisions that wait; past that the newest go without a shadow.

    Attributes:
        dropped: decisions that went without a shadow because too many waited.
    """

    def __init__(
        self,
        predictors: Mapping[str, Predictor[Any]],
        redecide: Mapping[str, Redecide],
        store: TrialStore,
        clock: Clock,
        *,
        queue_limit: int = SHADOW_QUEUE,
    ) -> None:
        self._predictors = predictors
        self._redecide = redecide
        self._store = store
        self._clock = clock
        self._queue_limit = queue_limit
        self._waiting: deque[Decision] = deque()
        self.dropped = 0

    def offer(self, decision: Decision) -> None:
        """Take a decision that was just made, if a trial is on. Costs a look and an append."""
        predictor = self._predictors.get(decision.model.name)
        if predictor is None or predictor.trial is None:
            return
        if len(self._waiting) >= self._queue_limit:
            self.dropped += 1
        else:
            self._waiting.append(decision)

    def work(self) -> int:
        """Answer what waits and store it; how many were answered.

        Raises:
            UnavailableError: the store cannot be reached; these shadows are lost, no decision is.
        """
        done = 0
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(SHADOW_ROWS, len(self._waiting)))]
            answers = [
                answer for decision_group in _by_version(batch) for answer in self._answer(decision_group)
            ]
            self._store.add(answers)
            done += len(answers)
        return done

    def _answer(self, decisions: Sequence[Decision]) -> Iterator[ShadowAnswer]:
        ref = decisions[0].model
        predictor = self._predictors[ref.name]
        trial = predictor.trial
        if trial is None:
            return
        shadow = trial if ref != trial.ref else predictor.served
        if shadow is None or shadow.ref == ref:
            return
        started = time.perf_counter()
        texts = answers_or_none(
            self._redecide[ref.name], shadow.model, [decision.input_json for decision in decisions]
        )
        latency_us = round((time.perf_counter() - started) * 1e6 / len(decisions))
        for decision, text in zip(decisions, texts, strict=True):
            yield ShadowAnswer(
                decision.decision_id, ref.name, shadow.ref.version, text, latency_us, self._clock.now()
            )


class ShadowingWriter:
    """Offers every durable decision to the shadow."""

    def __init__(self, writer: DecisionWriter, shadow: Shadow) -> None:
        self._writer = writer
        self._shadow = shadow

    async def append(self, decision: Decision) -> None:
        """Return once the decision is durable; then offer it."""
        await self._writer.append(decision)
        self._shadow.offer(decision)


def _by_version(decisions: Iterable[Decision]) -> Iterator[list[Decision]]:
    groups: dict[object, list[Decision]] = {}
    for decision in decisions:
        groups.setdefault(decision.model, []).append(decision)
    yield from groups.values()
