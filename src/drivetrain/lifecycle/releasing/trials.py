"""A challenger beside the champion: shadow answers, evidence, and the rails that end a trial by themselves."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from drivetrain.core.time import Clock
from drivetrain.lifecycle.learning.features import Columns, logged_columns
from drivetrain.lifecycle.releasing.comparison import Pair
from drivetrain.lifecycle.serving.predictions import Decision, DecisionWriter, Predictor

SHADOW_QUEUE = 10_000
"""Decisions that may wait for their shadow in one process; past that the newest go without one."""

SHADOW_ROWS = 256
"""Most rows answered at once; keeps the interpreter's lock free for requests."""

Redecide = Callable[[Any, Columns], Sequence[bytes]]
"""A loaded version and checked rows to answers as they stand in the ledger (JSON text)."""


@dataclass(frozen=True, slots=True)
class ShadowAnswer:
    """What the version that did not answer would have said; ``answer_json`` is None when it failed."""

    decision_id: str
    model: str
    version: str
    answer_json: bytes | None
    latency_us: int
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a challenger since its trial began, by its newest answers.

    Attributes:
        answers: requests it answered or shadowed; ``failures`` of them went wrong.
        p95_us: 95th percentile of its time, microseconds; None before the first answer. Of a shadow its own
            time per row; of an answer to a client all that the client waited until the decision was handed
            over.
        outcomes: answers whose truth is known; ``covered`` of them lie in the range.
    """

    answers: int
    failures: int
    p95_us: float | None
    outcomes: int
    covered: int


class TrialStore(Protocol):
    """Keeps shadow answers and reads the evidence. Used off the request path."""

    def add(self, answers: Sequence[ShadowAnswer]) -> None:
        """Store shadow answers; one that stands already changes nothing, one without its decision is dropped."""
        ...

    def pairs(self, model: str, champion: str, challenger: str, *, most: int) -> Iterator[Sequence[Pair]]:
        """Requests that both versions answered, newest first, in chunks."""
        ...

    def evidence(
        self, model: str, version: str, *, since: datetime, outcome: str, is_canary: bool
    ) -> Evidence:
        """What is known of a version since its trial began, by its newest answers and outcomes.

        Args:
            outcome: name of the one that shows the truth of an answer.
            is_canary: False for a shadow, which answers nobody.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rail:
    """One rail with its figures, as it stands now.

    Attributes:
        measured: None before the first case.
        state: ``waiting`` while there are too few cases to judge, then ``ok`` or ``broken``.
        sentence: the same for a person.
    """

    name: str
    measured: float | None
    allowed: float
    cases: int
    state: str
    sentence: str


@dataclass(frozen=True, slots=True)
class GuardRails:
    """What a challenger must not do.

    Each rail waits for ``fewest`` cases, so that one unlucky row ends nothing.

    Attributes:
        most_failures: share of its answers.
        slowest_p95_us: of its time; a sound version needs a tenth of it, whatever the load.
        least_coverage: share of known outcomes inside its range, for a range calibrated to hold 90 %.
    """

    most_failures: float = 0.01
    slowest_p95_us: float = 50_000.0
    least_coverage: float = 0.80
    fewest: int = 50

    def rails(self, evidence: Evidence) -> list[Rail]:
        """Every rail with its figures."""
        p95_us, covered = evidence.p95_us, _share(evidence.covered, evidence.outcomes)
        coverage = (
            "no outcome is known yet"
            if covered is None
            else f"its range held {covered:.1%} of {evidence.outcomes:,} outcomes"
        )
        took = "it has not answered yet" if p95_us is None else f"its p95 is {p95_us / 1000:.1f} ms"
        return [
            self._failing(evidence.answers, evidence.failures),
            self._rail(
                "p95_us",
                p95_us,
                self.slowest_p95_us,
                evidence.answers,
                p95_us is not None and p95_us > self.slowest_p95_us,
                f"{took}, allowed are {self.slowest_p95_us / 1000:.1f} ms",
            ),
            self._rail(
                "coverage",
                covered,
                self.least_coverage,
                evidence.outcomes,
                evidence.covered < self.least_coverage * evidence.outcomes,
                f"{coverage}, at least {self.least_coverage:.0%} are asked",
            ),
        ]

    def breaches(self, evidence: Evidence, *, requests: int = 0, failures: int = 0) -> list[str]:
        """The rails that are broken, each as a sentence with its figures.

        Args:
            requests: requests that fell to the challenger in this process; ``failures`` of them it could not
                answer. A reason that cannot be computed is such a failure. Shadows do not show it: they give
                no reasons.
        """
        failing_rail = self._failing(requests, failures)
        return [
            rail.sentence
            for rail in dict.fromkeys([*self.rails(evidence), failing_rail])
            if rail.state == "broken"
        ]

    def _failing(self, answers: int, failures: int) -> Rail:
        is_broken = failures > self.most_failures * answers
        sentence = f"it failed {failures:,} of {answers:,} times, allowed are {self.most_failures:.0%}"
        return self._rail(
            "failures", _share(failures, answers), self.most_failures, answers, is_broken, sentence
        )

    def _rail(
        self, name: str, measured: float | None, allowed: float, cases: int, is_broken: bool, sentence: str
    ) -> Rail:
        state = "waiting" if measured is None or cases < self.fewest else "broken" if is_broken else "ok"
        return Rail(name, measured, allowed, cases, state, sentence)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


class Shadow:
    """Answers a copy of the traffic with the version that did not answer it, on a thread of its own.

    Args:
        redecide: by model name.

    Attributes:
        dropped: decisions that went without a shadow because too many waited.
    """

    def __init__(
        self,
        predictors: Mapping[str, Predictor[Any]],
        redecide: Mapping[str, Redecide],
        store: TrialStore,
        clock: Clock,
    ) -> None:
        self._predictors = predictors
        self._redecide = redecide
        self._store = store
        self._clock = clock
        self._waiting: deque[Decision] = deque()
        self.dropped = 0

    def offer(self, decision: Decision) -> None:
        """Take a decision that was just made, if a trial is on. Costs a look and an append."""
        predictor = self._predictors.get(decision.model.name)
        if predictor is None or predictor.trial is None:
            return
        if len(self._waiting) >= SHADOW_QUEUE:
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


def answers_or_none(redecide: Redecide, model: Any, inputs: Sequence[bytes]) -> Sequence[bytes | None]:
    """A version's answers to logged inputs; where one row breaks it, row by row, None for those that fail.

    Args:
        inputs: canonical rows, JSON text.
    """
    try:
        rows = [json.loads(line) for line in inputs]
        return redecide(model, logged_columns(rows))
    except Exception:  # noqa: BLE001 - the edge of a version: what it cannot answer is counted, and ends nothing else
        if len(inputs) == 1:
            return [None]
        return [answer for line in inputs for answer in answers_or_none(redecide, model, [line])]


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
