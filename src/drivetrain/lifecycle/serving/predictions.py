"""Serving a model and accounting for what it answered: the live handle and the decision ledger's port."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from drivetrain.core.errors import ModelNotReadyError
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.features import FloatArray


@dataclass(frozen=True, slots=True)
class ModelRef:
    """One version of one model."""

    name: str
    version: str

    def as_dict(self) -> dict[str, str]:
        """The reference as it stands in an answer."""
        return {"name": self.name, "version": self.version}


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who asks for a decision, and since when they have been waiting.

    Attributes:
        caller: subject of the key.
        started: ``time.perf_counter`` seconds at the request's arrival.
    """

    caller: str
    request_id: str
    started: float

    def waited_us(self) -> int:
        """Microseconds since the request arrived."""
        return round((time.perf_counter() - self.started) * 1e6)


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer as it goes into the ledger.

    Attributes:
        decision_id: UUIDv7 in text form.
        input_json: the canonical row, JSON text in UTF-8.
        features: the numbers the model saw, in the order of its encoder.
        answer_json: what was answered, JSON text in UTF-8.
        latency_us: from the request's arrival to the hand-over, microseconds.
        caller: subject of the key.
    """

    decision_id: str
    decided_at: datetime
    product: str
    model: ModelRef
    input_json: bytes
    features: Sequence[float]
    answer_json: bytes
    latency_us: int
    caller: str
    request_id: str


@dataclass(frozen=True, slots=True)
class DecidedRows:
    """Decisions of one version that were made together, a column at once; each of them is a ``Decision``.

    Attributes:
        decision_ids: UUIDv7 in text form, one a row.
        inputs: canonical rows, JSON text in UTF-8.
        features: what the model saw, shape (n_rows, n_features).
        answers: what was answered, JSON text in UTF-8.
        latency_us: as in ``Decision``, the same for all rows; so are the others.
    """

    decision_ids: Sequence[str]
    decided_at: datetime
    product: str
    model: ModelRef
    inputs: Sequence[bytes]
    features: FloatArray
    answers: Sequence[bytes]
    latency_us: int
    caller: str
    request_id: str

    def __iter__(self) -> Iterator[Decision]:
        """The decisions in the order of the rows."""
        rows = zip(self.decision_ids, self.inputs, self.features.tolist(), self.answers, strict=True)
        for decision_id, line, features, answer in rows:
            yield Decision(
                decision_id=decision_id,
                decided_at=self.decided_at,
                product=self.product,
                model=self.model,
                input_json=line,
                features=features,
                answer_json=answer,
                latency_us=self.latency_us,
                caller=self.caller,
                request_id=self.request_id,
            )


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """A decision read back, with the outcomes that joined it later."""

    decision_id: str
    decided_at: datetime
    product: str
    model: ModelRef
    input: dict[str, object]
    features: tuple[float, ...]
    answer: dict[str, object]
    latency_us: int
    caller: str
    request_id: str
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What later proved true of a decision; ``name`` tells what was observed, with its unit."""

    name: str
    value: float
    observed_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class OutcomeReceipt:
    """An outcome as the ledger keeps it; ``is_new`` is False where it was reported before."""

    outcome: Outcome
    is_new: bool


class DecisionWriter(Protocol):
    """Writes to the ledger while a request waits."""

    async def append(self, decision: Decision) -> None:
        """Return once the decision is durable.

        Raises:
            UnavailableError: it could not be made durable in time; nothing was acknowledged.
        """
        ...


class DecisionReader(Protocol):
    """Reads single decisions back, and joins outcomes to them."""

    async def get(self, decision_id: str) -> LoggedDecision:
        """Read one decision back.

        Raises:
            NotFoundError: no such decision.
            UnavailableError: the ledger cannot be reached.
        """
        ...

    async def add_outcome(self, decision_id: str, outcome: Outcome) -> OutcomeReceipt:
        """Join an outcome to its decision. The same value again changes nothing, not even when it was observed.

        Raises:
            NotFoundError: no such decision.
            ConflictError: an outcome of that name with another value stands already.
        """
        ...


class BatchDecisionLog(Protocol):
    """The ledger, used by batches, files and jobs: many decisions, all or none."""

    def batch(self) -> AbstractContextManager[BatchWriter]:
        """Open a batch: leaving the block makes all of it durable, an exception none of it."""
        ...


class BatchWriter(Protocol):
    """Takes the decisions of one batch."""

    def write(self, decisions: Iterable[Decision]) -> None:
        """Add decisions, in order."""
        ...


M = TypeVar("M")
M_co = TypeVar("M_co", covariant=True)
R = TypeVar("R")


class LiveModel(Protocol[M_co]):
    """What a use case asks of the live handle."""

    def current(self) -> M_co:
        """The champion.

        Raises:
            ModelNotReadyError: nothing has been loaded yet.
        """
        ...

    def answer(self, caller: str, decide: Callable[[M_co], R], *, is_decision: bool = True) -> R:
        """Decide with the version that answers this caller.

        Args:
            is_decision: False for what is only looked at; a trial is not judged by it.

        Raises:
            ModelNotReadyError: nothing has been loaded yet.
        """
        ...


@dataclass(frozen=True, slots=True)
class ServedModel(Generic[M]):
    """A loaded champion, and which version it is."""

    model: M
    ref: ModelRef


@dataclass(frozen=True, slots=True)
class TrialModel(Generic[M]):
    """A loaded challenger.

    Attributes:
        share: of the callers it answers, in [0, 1]; 0 is a shadow.
    """

    model: M
    ref: ModelRef
    share: float

    def answers(self, caller: str) -> bool:
        """True for the same callers for as long as the trial lasts."""
        return self.share > 0.0 and _place(f"{self.ref.name} {self.ref.version} {caller}") < self.share


class Predictor(Generic[M]):
    """The live handle of one model: what is served now, in this process.

    ``current`` is one attribute read; a new version is loaded beside the old one and swapped in whole,
    so every request is answered by exactly one version.

    Attributes:
        trial_requests: decisions that fell to the challenger in this process; ``trial_failures`` of them it could
            not make.
        trial_reason: why the version on trial is not loaded here; empty when all is well.
    """

    def __init__(self, name: str, load: Callable[[Files, ModelRef], M]) -> None:
        self.name = name
        self._load = load
        self._served: ServedModel[M] | None = None
        self._trial: TrialModel[M] | None = None
        self._reason = "no version has been released yet"
        self.trial_reason = ""
        self.trial_requests = 0
        self.trial_failures = 0

    @property
    def served(self) -> ServedModel[M] | None:
        """The champion with its name, read as one; None before the first."""
        return self._served

    @property
    def ref(self) -> ModelRef | None:
        """The version served now; None before the first."""
        return None if self._served is None else self._served.ref

    @property
    def reason(self) -> str:
        """Why nothing newer is served; empty when all is well."""
        return self._reason

    @property
    def trial(self) -> TrialModel[M] | None:
        """The challenger, if one is on trial."""
        return self._trial

    def current(self) -> M:
        """The champion.

        Raises:
            ModelNotReadyError: nothing has been loaded yet.
        """
        if self._served is None:
            raise ModelNotReadyError(self.name, self._reason)
        return self._served.model

    def answer(self, caller: str, decide: Callable[[M], R], *, is_decision: bool = True) -> R:
        """Decide with the version that answers this caller: the challenger for its share, else the champion.

        A challenger that fails costs the caller nothing: the champion answers, and the failure is counted.

        Args:
            is_decision: False for what is only looked at: neither it nor its failure is counted.

        Raises:
            ModelNotReadyError: nothing has been loaded yet.
        """
        trial = self._trial
        if trial is not None and trial.answers(caller):
            self.trial_requests += is_decision
            try:
                return decide(trial.model)
            except Exception:  # noqa: BLE001 - the edge of a trial: what is wrong with it must not reach the caller
                self.trial_failures += is_decision
        return decide(self.current())

    def swap(self, files: Files, ref: ModelRef) -> None:
        """Load a version from its verified files and serve it from the next request on."""
        self._served = ServedModel(self._load(files, ref), ref)
        self._reason = ""

    def try_out(self, files: Files, ref: ModelRef, share: float) -> None:
        """Load a version from its verified files as challenger."""
        self._trial = TrialModel(self._load(files, ref), ref, share)
        self.trial_requests = self.trial_failures = 0
        self.trial_reason = ""

    def end_trial(self, reason: str = "") -> None:
        """Let the challenger go; ``reason`` when it should be on trial and cannot be."""
        self._trial = None
        self.trial_reason = reason

    def refuse(self, reason: str) -> None:
        """Remember why the released version is not served; what was served goes on being served."""
        self._reason = reason

    def keep(self) -> None:
        """Forget the refused version: what is served is what is released."""
        self._reason = ""


def _place(text: str) -> float:
    """Where a text falls in [0, 1): the same in every process, unlike ``hash``."""
    return zlib.crc32(text.encode("utf-8", "backslashreplace")) / 2**32
