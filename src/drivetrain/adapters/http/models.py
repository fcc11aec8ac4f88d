"""Routes about models: what exists, what is live, who changed it and why; promote and roll back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.openapi import body_of
from drivetrain.core.access import Principal, Scope
from drivetrain.core.errors import NotFoundError
from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.registry import Alias, ModelCatalog, ModelVersion, Release

_reads = Needs(Scope.MODELS_READ)
_promotes = Needs(Scope.MODELS_PROMOTE)


class PromoteRequest(StrictBody):
    """What ``POST /models/{name}/promote`` takes."""

    version: str = Field(pattern=r"^[0-9]{1,9}$", description="The version to make champion.")
    reason: str = Field(min_length=1, max_length=500, description="Why; it stands in the history.")


class RollbackRequest(StrictBody):
    """What ``POST /models/{name}/rollback`` takes."""

    reason: str = Field(min_length=1, max_length=500, description="Why; it stands in the history.")


def model_routes(catalog: ModelCatalog, names: Sequence[str]) -> APIRouter:
    """Routes over the catalog.

    Args:
        names: the models of the platform, trained or not.
    """
    router = APIRouter(prefix="/models", tags=["models"])

    def known(name: str) -> str:
        if name not in names:
            raise NotFoundError(f"There is no model of this name; there are: {', '.join(names)}.", code="model.not_found")
        return name

    @router.get("", dependencies=[Depends(_reads)])
    def list_models() -> Response:
        """List every model with what is live."""
        live = catalog.live()
        return json_answer({"items": [_summary(name, live.get((name, Alias.CHAMPION))) for name in names], "next": None})

    @router.get("/{name}", dependencies=[Depends(_reads)])
    def show_model(name: str) -> Response:
        """Show a model: what is live, its metrics with intervals, its data."""
        champion = catalog.live().get((known(name), Alias.CHAMPION))
        return json_answer({**_summary(name, champion), "report": None if champion is None else dict(champion.report)})

    @router.get("/{name}/versions", dependencies=[Depends(_reads)])
    def list_versions(name: str) -> Response:
        """List the versions of a model, newest first."""
        return json_answer({"items": [version_as_dict(version) for version in catalog.versions(known(name))], "next": None})

    @router.get("/{name}/history", dependencies=[Depends(_reads)])
    def show_history(name: str) -> Response:
        """List who made which version live, when and why, newest first."""
        return json_answer({"items": [release_as_dict(release) for release in catalog.history(known(name))], "next": None})

    @router.post("/{name}/promote", openapi_extra=body_of(PromoteRequest, example={"version": "3", "reason": "Better on May."}))
    async def promote(name: str, request: Request, caller: Principal = Depends(_promotes)) -> Response:  # noqa: B008
        """Make a version champion in every worker."""
        wanted = await read_model(request, PromoteRequest)
        release = await run_in_threadpool(
            catalog.release,
            known(name),
            Alias.CHAMPION,
            wanted.version,
            action="promote",
            actor=caller.subject,
            reason=wanted.reason,
        )
        return json_answer(release_as_dict(release))

    @router.post("/{name}/rollback", openapi_extra=body_of(RollbackRequest, example={"reason": "Complaints since noon."}))
    async def roll_back(name: str, request: Request, caller: Principal = Depends(_promotes)) -> Response:  # noqa: B008
        """Go back to the previous champion; no number is needed."""
        wanted = await read_model(request, RollbackRequest)
        release = await run_in_threadpool(catalog.roll_back, known(name), actor=caller.subject, reason=wanted.reason)
        return json_answer(release_as_dict(release))

    return router


def version_as_dict(version: ModelVersion) -> dict[str, Any]:
    """A version as it stands in an answer; where its files lie stays inside."""
    return {
        "model": version.model,
        "version": version.version,
        "created_at": iso_utc(version.created_at),
        "metrics": dict(version.metrics),
        "dataset": dict(version.dataset),
        "is_synthetic": version.is_synthetic,
        "manifest_sha256": version.manifest_sha256,
        "run_id": version.run_id,
    }


def release_as_dict(release: Release) -> dict[str, Any]:
    """A line of history as it stands in an answer."""
    return {
        "model": release.model,
        "alias": release.alias.value,
        "version": release.version,
        "previous": release.previous,
        "action": release.action,
        "actor": release.actor,
        "reason": release.reason,
        "by_gate": release.by_gate,
        "at": iso_utc(release.at),
    }


def _summary(name: str, champion: ModelVersion | None) -> dict[str, Any]:
    return {"name": name, "champion": None if champion is None else version_as_dict(champion)}
