"""In-memory twins of the ports: they pass the same suites as the PostgreSQL adapters (tests/contract)."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar
from uuid import UUID

from drivetrain.core.access import KeyRecord
from drivetrain.core.errors import ConflictError, DrivetrainError, NotFoundError, UnavailableError
from drivetrain.core.time import Clock
from drivetrain.lifecycle.releasing.registry import (
    ANY,
    Alias,
    Candidate,
    Challenger,
    ModelVersion,
    Release,
    ReleaseRequest,
    changed_meanwhile,
)
from drivetrain.lifecycle.serving.predictions import Decision, LoggedDecision, Outcome, OutcomeReceipt

M = TypeVar("M")
R = TypeVar("R")


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


class MemoryKeyStore:
    """Twin of ``PostgresKeyStore``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: dict[str, KeyRecord] = {}

    def add(self, record: KeyRecord) -> None:
        for other in list(self._records.values()):
            if (other.name, other.person) != (record.name, record.person) or other.revoked_at is not None:
                continue
            if other.is_live(self._clock.now()):
                raise ConflictError("A live key has this name.", code="keys.name_taken")
            self._records[other.key_id] = dataclasses.replace(other, revoked_at=other.expires_at)
        if record.key_id in self._records:
            raise ConflictError("A key has this id.", code="keys.name_taken")
        self._records[record.key_id] = record

    def all(self, *, person: UUID | None = None) -> Sequence[KeyRecord]:
        return sorted(
            (record for record in self._records.values() if person in {None, record.person}),
            key=lambda record: (record.created_at, record.key_id),
            reverse=True,
        )

    def note_uses(self, key_ids: Collection[str], instant: datetime) -> None:
        for key_id in self._records.keys() & set(key_ids):
            self._records[key_id] = dataclasses.replace(self._records[key_id], last_used_at=instant)

    def revoke(
        self, key_id: str, revoked_at: datetime, *, actor: str, person: UUID | None = None
    ) -> KeyRecord:
        if key_id not in self._records or person not in {None, self._records[key_id].person}:
            raise NotFoundError("No such key.", code="keys.not_found")
        if self._records[key_id].revoked_at is None:
            self._records[key_id] = dataclasses.replace(self._records[key_id], revoked_at=revoked_at)
        return self._records[key_id]


class MemoryModelCatalog:
    """Twin of ``PostgresModelCatalog``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._versions: dict[tuple[str, str], ModelVersion] = {}
        self._releases: list[Release] = []
        self._champions: dict[str, list[str]] = {}
        self._approvals: dict[tuple[str, str], list[str]] = {}

    def add_version(self, version: ModelVersion) -> None:
        key = (version.model, version.version)
        if key in self._versions or (version.task_id and self.of_task(version.model, version.task_id)):
            raise ConflictError("This version exists.", code="model.version_exists")
        self._versions[key] = version

    def versions(self, model: str) -> Sequence[ModelVersion]:
        mine = [version for version in self._versions.values() if version.model == model]
        return sorted(mine, key=lambda version: int(version.version), reverse=True)

    def of_task(self, model: str, task_id: str) -> ModelVersion | None:
        mine = self.versions(model)
        return next((version for version in mine if version.task_id == task_id), None)

    def version(self, model: str, version: str) -> ModelVersion:
        if (model, version) not in self._versions:
            raise NotFoundError("No such version.", code="model.version_not_found")
        return self._versions[model, version]

    def live(self) -> Mapping[tuple[str, Alias], ModelVersion]:
        holders = {(release.model, release.alias): release.version for release in self._releases}
        return {
            (model, alias): self._versions[model, version]
            for (model, alias), version in holders.items()
            if version is not None
        }

    def champion(self, model: str) -> ModelVersion | None:
        return self.live().get((model, Alias.CHAMPION))

    def history(self, model: str) -> Sequence[Release]:
        return [release for release in reversed(self._releases) if release.model == model]

    def challengers(self) -> Mapping[str, Challenger]:
        shares = {
            release.model: release.share for release in self._releases if release.alias is Alias.CHALLENGER
        }
        live = self.live()
        return {
            model: Challenger(live[model, Alias.CHALLENGER], share)
            for model, share in shares.items()
            if (model, Alias.CHALLENGER) in live
        }

    def release(self, request: ReleaseRequest, *, expected: str | None = ANY) -> Release:
        model, alias, version = request.model, request.alias, request.version
        self.version(model, version)
        last = self._last(model, alias)
        if expected not in (ANY, last and last.version):
            raise changed_meanwhile(model, version)
        if last is not None and (last.version, last.share) == (version, request.share):
            raise ConflictError("It is live already.", code="model.already_live")
        champion, challenger = self._last(model, Alias.CHAMPION), self._last(model, Alias.CHALLENGER)
        if alias is Alias.CHALLENGER and champion is not None and champion.version == version:
            raise ConflictError("It is the champion.", code="model.challenges_itself")
        now = self._clock.now()
        if alias is Alias.CHAMPION:
            self._champions.setdefault(model, []).append(version)
            if challenger is not None and challenger.version == version:
                ended = "It became champion."
                self._add(
                    Release(
                        model,
                        Alias.CHALLENGER,
                        None,
                        version,
                        "unload",
                        request.actor,
                        ended,
                        request.by_gate,
                        now,
                    )
                )
        return self._add(request.done(last and last.version, now))

    def end_trial(self, model: str, *, actor: str, reason: str, version: str | None = None) -> Release:
        last = self._last(model, Alias.CHALLENGER)
        if last is None or last.version is None or version not in {None, last.version}:
            raise ConflictError("No version is on trial.", code="model.no_trial")
        now = self._clock.now()
        return self._add(
            Release(model, Alias.CHALLENGER, None, last.version, "unload", actor, reason, False, now)
        )

    def refuse(self, model: str, alias: Alias, *, actor: str, reason: str) -> Release:
        last = self._last(model, alias)
        held, share = (None, 0.0) if last is None else (last.version, last.share)
        return self._add(
            Release(model, alias, held, held, "refuse", actor, reason, False, self._clock.now(), share)
        )

    def approve(self, model: str, version: str, *, actor: str, reason: str) -> Sequence[str]:
        self.version(model, version)
        wanted_by = self._approvals.setdefault((model, version), [])
        if actor not in wanted_by:
            wanted_by.append(actor)
        return list(wanted_by)

    def roll_back(self, model: str, *, actor: str, reason: str) -> Release:
        champions = self._champions.get(model, [])
        if len(champions) < 2:
            raise ConflictError("There is no earlier champion.", code="model.no_earlier_champion")
        present = champions.pop()
        now = self._clock.now()
        return self._add(
            Release(model, Alias.CHAMPION, champions[-1], present, "rollback", actor, reason, False, now)
        )

    def _last(self, model: str, alias: Alias) -> Release | None:
        mine = (
            release
            for release in reversed(self._releases)
            if (release.model, release.alias) == (model, alias)
        )
        return next(mine, None)

    def _add(self, release: Release) -> Release:
        self._releases.append(release)
        if release.alias is Alias.CHAMPION:
            self._approvals = {
                key: wanted for key, wanted in self._approvals.items() if key[0] != release.model
            }
        return release


class MemoryModelRegistry:
    """Twin of ``MlflowModelRegistry``; set ``failure`` to have every call raise it."""

    def __init__(self, artifacts: Path) -> None:
        self.failure: DrivetrainError | None = None
        self._artifacts = artifacts
        self._latest: dict[str, int] = {}
        self._aliases: dict[tuple[str, Alias], str] = {}

    def register(self, candidate: Candidate) -> ModelVersion:
        self._fail_if_told()
        number = self._latest.get(candidate.model, 0) + 1
        location = f"{candidate.model}/run-{number}"
        try:
            shutil.copytree(candidate.folder, self._artifacts / location)
        except OSError as error:
            raise UnavailableError("The files cannot be copied.", code="registry.unavailable") from error
        self._latest[candidate.model] = number
        return ModelVersion(
            model=candidate.model,
            version=str(number),
            created_at=datetime.now(UTC),
            location=location,
            manifest_sha256=candidate.manifest_sha256,
            metrics=candidate.metrics,
            report=candidate.report,
            dataset=candidate.dataset,
            is_synthetic=candidate.is_synthetic,
            run_id=f"run-{number}",
        )

    def mirror_alias(self, model: str, alias: Alias, version: str | None) -> None:
        self._fail_if_told()
        if version is None:
            self._aliases.pop((model, alias), None)
        else:
            self._aliases[model, alias] = version

    def aliases_of(self, model: str) -> dict[str, str]:
        return {alias.value: version for (name, alias), version in self._aliases.items() if name == model}

    def _fail_if_told(self) -> None:
        if self.failure is not None:
            raise self.failure


class FixedModel(Generic[M]):
    """A live handle that serves one model, or whatever it is given next."""

    def __init__(self, model: M) -> None:
        self.model = model

    def current(self) -> M:
        return self.model

    def answer(self, caller: str, decide: Callable[[M], R], *, is_decision: bool = True) -> R:
        return decide(self.model)


class MemoryLedger:
    """What both ledger twins write to."""

    def __init__(self) -> None:
        self.decisions: dict[str, Decision] = {}
        self.outcomes: dict[str, dict[str, Outcome]] = {}


class MemoryDecisionLog:
    """Twin of ``PostgresDecisionWriter``; set ``failure`` to have every call raise it."""

    def __init__(self, ledger: MemoryLedger | None = None) -> None:
        self.ledger = ledger or MemoryLedger()
        self.failure: Exception | None = None

    async def append(self, decision: Decision) -> None:
        self._fail()
        self.ledger.decisions.setdefault(decision.decision_id, decision)

    async def get(self, decision_id: str) -> LoggedDecision:
        self._fail()
        decision = self._find(decision_id)
        outcomes = self.ledger.outcomes.get(decision_id, {}).values()
        return LoggedDecision(
            decision_id=decision.decision_id,
            decided_at=decision.decided_at,
            product=decision.product,
            model=decision.model,
            input=json.loads(decision.input_json),
            features=tuple(map(float, decision.features)),
            answer=json.loads(decision.answer_json),
            latency_us=decision.latency_us,
            caller=decision.caller,
            request_id=decision.request_id,
            outcomes=tuple(sorted(outcomes, key=lambda outcome: (outcome.observed_at, outcome.name))),
        )

    async def add_outcome(self, decision_id: str, outcome: Outcome) -> OutcomeReceipt:
        self._fail()
        self._find(decision_id)
        outcomes = self.ledger.outcomes.setdefault(decision_id, {})
        is_new = outcome.name not in outcomes
        standing = outcomes.setdefault(outcome.name, outcome)
        if standing.value != outcome.value and not (math.isnan(standing.value) and math.isnan(outcome.value)):
            raise ConflictError("Another value stands.", code="ledger.outcome_conflict")
        return OutcomeReceipt(standing, is_new)

    def _find(self, decision_id: str) -> Decision:
        if decision_id not in self.ledger.decisions:
            raise NotFoundError("No such decision.", code="ledger.decision_not_found")
        return self.ledger.decisions[decision_id]

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


class MemoryBatchDecisionLog:
    """Twin of ``PostgresBatchDecisionLog``."""

    def __init__(self, ledger: MemoryLedger | None = None) -> None:
        self.ledger = ledger or MemoryLedger()

    @contextmanager
    def batch(self) -> Iterator[MemoryBatchWriter]:
        writer = MemoryBatchWriter()
        yield writer
        ids = [decision.decision_id for decision in writer.decisions]
        if len(set(ids)) < len(ids) or not self.ledger.decisions.keys().isdisjoint(ids):
            raise ConflictError("A decision stands already.", code="ledger.exists")
        self.ledger.decisions.update(zip(ids, writer.decisions, strict=True))


class MemoryBatchWriter:
    """Keeps the decisions of one batch until it ends."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []

    def write(self, decisions: Iterable[Decision]) -> None:
        self.decisions.extend(decisions)
