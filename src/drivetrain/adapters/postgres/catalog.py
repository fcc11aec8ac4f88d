"""Model versions and their releases in PostgreSQL: what is live, and the history of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Engine, Row, Select, and_, cast, func, insert, select

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.tables import model_approvals, model_releases, model_versions
from drivetrain.core.access import PersonRole
from drivetrain.core.announcements import MODEL_PROMOTED, MODEL_ROLLED_BACK, Announcements
from drivetrain.core.audit import AuditEntry, AuditResult, AuditTrail, Detail
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.time import Clock, iso_utc
from drivetrain.lifecycle.releasing.registry import (
    ANY,
    Alias,
    Challenger,
    ModelVersion,
    Release,
    ReleaseRequest,
    changed_meanwhile,
    standing_champions,
)

_PROMOTE, _ROLLBACK, _UNLOAD, _REFUSE = "promote", "rollback", "unload", "refuse"
_ANNOUNCED = {_PROMOTE: MODEL_PROMOTED, _ROLLBACK: MODEL_ROLLED_BACK}
_HEARING = (PersonRole.OPERATOR, PersonRole.ADMIN)


class PostgresModelCatalog:
    """The port ``ModelCatalog`` on ``model_versions`` and ``model_releases``; what its methods do stands there.

    Moves of one alias of one model follow each other: each takes the same transaction lock before it looks
    at what is live. Every method raises UnavailableError without the database.
    """

    def __init__(self, engine: Engine, clock: Clock, audit: AuditTrail, announcements: Announcements) -> None:
        self._engine = engine
        self._clock = clock
        self._audit = audit
        self._announcements = announcements

    def add_version(self, version: ModelVersion) -> None:
        exists = ConflictError(
            f"Model {version.model!r} has a version {version.version} already, or one of this task.",
            code="model.version_exists",
        )
        with transaction(self._engine, conflict=exists) as connection:
            connection.execute(insert(model_versions).values(_version_row(version)))

    def versions(self, model: str) -> Sequence[ModelVersion]:
        columns = model_versions.c
        newest_first = (
            select(model_versions)
            .where(columns.model == model)
            .order_by(cast(columns.version, BigInteger).desc())
        )
        with transaction(self._engine) as connection:
            return [_version(row) for row in connection.execute(newest_first)]

    def of_task(self, model: str, task_id: str) -> ModelVersion | None:
        columns = model_versions.c
        query = select(model_versions).where(columns.model == model, columns.task_id == task_id)
        with transaction(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _version(row)

    def version(self, model: str, version: str) -> ModelVersion:
        with transaction(self._engine) as connection:
            return _known(connection, model, version)

    def live(self) -> Mapping[tuple[str, Alias], ModelVersion]:
        with transaction(self._engine) as connection:
            return {
                (row.model, Alias(row.held_alias)): _version(row) for row in connection.execute(_holders())
            }

    def champion(self, model: str) -> ModelVersion | None:
        return self.live().get((model, Alias.CHAMPION))

    def history(self, model: str) -> Sequence[Release]:
        newest_first = (
            select(model_releases).where(model_releases.c.model == model).order_by(model_releases.c.id.desc())
        )
        with transaction(self._engine) as connection:
            return [_release(row) for row in connection.execute(newest_first)]

    def challengers(self) -> Mapping[str, Challenger]:
        with transaction(self._engine) as connection:
            rows = connection.execute(_holders(model_releases.c.share))
            return {
                row.model: Challenger(_version(row), row.share)
                for row in rows
                if row.held_alias == Alias.CHALLENGER
            }

    def release(self, request: ReleaseRequest, *, expected: str | None = ANY) -> Release:
        model, alias, version = request.model, request.alias, request.version
        with transaction(self._engine) as connection:
            _lock(connection, model)
            _known(connection, model, version)
            holders = {name: _last(connection, model, name) for name in Alias}
            _refuse_move(holders, model, alias, version, share=request.share, expected=expected)
            now, challenger, last = self._clock.now(), holders[Alias.CHALLENGER], holders[alias]
            if alias is Alias.CHAMPION and challenger is not None and challenger.version == version:
                ended = "It became champion."
                self._record(
                    connection,
                    Release(
                        model,
                        Alias.CHALLENGER,
                        None,
                        version,
                        _UNLOAD,
                        request.actor,
                        ended,
                        request.by_gate,
                        now,
                    ),
                )
            release = request.done(None if last is None else last.version, now)
            self._record(connection, release)
        return release

    def end_trial(self, model: str, *, actor: str, reason: str, version: str | None = None) -> Release:
        with transaction(self._engine) as connection:
            _lock(connection, model)
            last = _last(connection, model, Alias.CHALLENGER)
            if last is None or last.version is None or version not in {None, last.version}:
                raise ConflictError(
                    f"No version of {model!r} is on trial, or not that one.", code="model.no_trial"
                )
            release = Release(
                model, Alias.CHALLENGER, None, last.version, _UNLOAD, actor, reason, False, self._clock.now()
            )
            self._record(connection, release)
        return release

    def refuse(self, model: str, alias: Alias, *, actor: str, reason: str) -> Release:
        with transaction(self._engine) as connection:
            _lock(connection, model)
            last = _last(connection, model, alias)
            holder, share = (None, 0.0) if last is None else (last.version, last.share)
            release = Release(
                model, alias, holder, holder, _REFUSE, actor, reason, False, self._clock.now(), share
            )
            self._record(connection, release)
        return release

    def approve(self, model: str, version: str, *, actor: str, reason: str) -> list[str]:
        with transaction(self._engine) as connection:
            _lock(connection, model)
            _known(connection, model, version)
            after = connection.scalar(
                select(func.coalesce(func.max(model_releases.c.id), 0)).where(
                    model_releases.c.model == model, model_releases.c.alias == Alias.CHAMPION
                )
            )
            approval = {"model": model, "version": version, "actor": actor, "reason": reason}
            connection.execute(
                insert(model_approvals).values(**approval, at=self._clock.now(), after_release=after)
            )
            columns = model_approvals.c
            pending = and_(columns.model == model, columns.version == version, columns.after_release == after)
            actors = connection.scalars(select(columns.actor).where(pending).order_by(columns.id))
            approved_by = list(dict.fromkeys(actors))
            detail = {"version": version, "reason": reason, "approved_by": approved_by}
            self._write_trail(connection, actor, "approve", model, detail)
        return approved_by

    def roll_back(self, model: str, *, actor: str, reason: str) -> Release:
        alias = Alias.CHAMPION
        with transaction(self._engine) as connection:
            _lock(connection, model)
            champions = standing_champions(_releases(connection, model, alias))
            if len(champions) < 2:
                raise ConflictError(
                    f"Model {model!r} has no earlier champion to go back to.",
                    code="model.no_earlier_champion",
                )
            present, earlier = champions[-1], champions[-2]
            release = Release(
                model, alias, earlier, present, _ROLLBACK, actor, reason, False, self._clock.now()
            )
            self._record(connection, release)
        return release

    def _record(self, connection: Connection, release: Release) -> None:
        line = {name: getattr(release, name) for name in _names(Release)}
        connection.execute(insert(model_releases).values(line))
        self._announce(connection, release)
        detail = {name: line[name] for name in ("alias", "version", "previous", "share", "by_gate", "reason")}
        result = AuditResult.REFUSED if release.action == _REFUSE else AuditResult.DONE
        self._write_trail(connection, release.actor, release.action, release.model, detail, result)

    def _announce(self, connection: Connection, release: Release) -> None:
        """Tell those who look after models that another version answers."""
        message = _ANNOUNCED.get(release.action)
        if message is None or release.alias is not Alias.CHAMPION or release.version is None:
            return
        arguments = {
            "model": release.model,
            "version": release.version,
            "actor": release.actor,
            "reason": release.reason,
            "at": iso_utc(release.at),
        }
        self._announcements.announce(connection, message, _HEARING, arguments)

    def _write_trail(
        self,
        connection: Connection,
        actor: str,
        action: str,
        model: str,
        detail: Detail,
        result: AuditResult = AuditResult.DONE,
    ) -> None:
        entry = AuditEntry(actor, f"models.{action}", f"model {model}", result, detail=detail)
        self._audit.record(connection, entry)


def _names(record: type[ModelVersion] | type[Release]) -> list[str]:
    """The fields of a record, which are the columns of its table."""
    return [field.name for field in fields(record)]


def _holders(*more: Column[Any]) -> Select[Any]:
    """Each alias that a version has now, with the version and ``more`` of the release that gave it."""
    release, version = model_releases.c, model_versions.c
    last = (
        select(release.model, release.alias, release.version, *more)
        .distinct(release.model, release.alias)
        .order_by(release.model, release.alias, release.id.desc())
        .subquery()
    )
    extra = [last.c[column.name] for column in more]
    return select(last.c.alias.label("held_alias"), *extra, model_versions).join(
        last, and_(version.model == last.c.model, version.version == last.c.version)
    )


def _last(connection: Connection, model: str, alias: Alias) -> Release | None:
    columns = model_releases.c
    newest = (
        select(model_releases)
        .where(columns.model == model, columns.alias == alias)
        .order_by(columns.id.desc())
        .limit(1)
    )
    row = connection.execute(newest).one_or_none()
    return None if row is None else _release(row)


def _refuse_move(
    holders: Mapping[Alias, Release | None],
    model: str,
    alias: Alias,
    version: str,
    *,
    share: float,
    expected: str | None,
) -> None:
    """Raise ConflictError where the version may not have the alias as things stand."""
    last, champion = holders[alias], holders[Alias.CHAMPION]
    if last is not None and (last.version, last.share) == (version, share):
        raise ConflictError(
            f"Version {version} of {model!r} is the {alias} already.", code="model.already_live"
        )
    if expected not in (ANY, None if last is None else last.version):
        raise changed_meanwhile(model, version)
    if alias is Alias.CHALLENGER and champion is not None and champion.version == version:
        raise ConflictError(
            f"Version {version} of {model!r} is the champion.", code="model.challenges_itself"
        )


def _lock(connection: Connection, model: str) -> None:
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"release {model}", 0))))


def _known(connection: Connection, model: str, version: str) -> ModelVersion:
    by_version = and_(model_versions.c.model == model, model_versions.c.version == version)
    row = connection.execute(select(model_versions).where(by_version)).one_or_none()
    if row is None:
        raise NotFoundError(f"Model {model!r} has no version {version!r}.", code="model.version_not_found")
    return _version(row)


def _releases(connection: Connection, model: str, alias: Alias) -> list[Release]:
    columns = model_releases.c
    rows = select(model_releases).where(columns.model == model, columns.alias == alias).order_by(columns.id)
    return [_release(row) for row in connection.execute(rows)]


def _version_row(version: ModelVersion) -> dict[str, object]:
    columns = {name: getattr(version, name) for name in _names(ModelVersion)}
    return columns | {name: dict(columns[name]) for name in ("metrics", "report", "dataset")}


def _version(row: Row[tuple[object, ...]]) -> ModelVersion:
    return ModelVersion(**{name: row._mapping[name] for name in _names(ModelVersion)})


def _release(row: Row[tuple[object, ...]]) -> Release:
    columns = {name: row._mapping[name] for name in _names(Release)}
    return Release(**columns | {"alias": Alias(str(columns["alias"]))})
