"""Routes about models: what exists, what is live, who changed it and why; promote and roll back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.concurrency import ConcurrencyLimit
from drivetrain.adapters.http.model_answers import (
    FollowedRelease,
    ModelDetails,
    ModelList,
    PendingPromotion,
    ReleaseList,
    TrialComparison,
    VersionDetails,
    VersionList,
    model_summary,
    version_as_dict,
)
from drivetrain.adapters.http.openapi import answer, body, documented
from drivetrain.adapters.http.tasks import EXAMPLE, TaskAnswer, accepted_task
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.errors import NotFoundError
from drivetrain.lifecycle.kit.task_records import TaskRecord
from drivetrain.lifecycle.releasing.following import read_live
from drivetrain.lifecycle.releasing.promotion import (
    FOLLOW_TIMEOUT_S,
    Releases,
    ServingProcess,
    trial_of,
    wait_until_followed,
    with_share,
)
from drivetrain.lifecycle.releasing.registry import Alias, ModelCatalog, ModelVersion, Release

_MOST_COMPARED_AT_ONCE = 2
"""Tens of thousands of pairs of answers are read and parsed for each."""

_PATIENCE_S = 10.0
_reads = Needs(PlatformScope.MODELS_READ)
_loads = Needs(PlatformScope.MODELS_LOAD)
_promotes = Needs(PlatformScope.MODELS_PROMOTE)
_trains = Needs(PlatformScope.MODELS_TRAIN)


class PromoteRequest(StrictBody):
    """What ``POST /models/{name}/promote`` takes."""

    version: str = Field(pattern=r"^[0-9]{1,9}$", description="The version to make champion.")
    reason: str = Field(min_length=1, max_length=500, description="Reason; it is kept in the history.")


class ReasonRequest(StrictBody):
    """What ``POST /models/{name}/rollback`` and ``/unload`` take."""

    reason: str = Field(min_length=1, max_length=500, description="Reason; it is kept in the history.")


class LoadRequest(StrictBody):
    """What ``POST /models/{name}/load`` takes."""

    version: str = Field(pattern=r"^[0-9]{1,9}$", description="The version to put on trial as challenger.")
    reason: str = Field(min_length=1, max_length=500, description="Reason; it is kept in the history.")
    share: float = Field(
        0.0, ge=0.0, le=0.5, description="Share of the callers it answers; 0 answers no one (shadow)."
    )


class TrainingRequest(StrictBody):
    """What ``POST /models/{name}/trainings`` takes."""

    settings: dict[str, float | int | bool | str] = Field(
        default_factory=dict, max_length=50, description="Settings that differ from the default recipe."
    )


@dataclass(frozen=True, slots=True)
class TrainingNotes:
    """What the verified files of a version say of its training.

    Attributes:
        card: the model card, Markdown.
        recipe: the settings it was trained with.
    """

    card: str
    recipe: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ModelPorts:
    """What the routes about models ask.

    Attributes:
        releases: moves champion and challenger.
        names: the models of the platform, trained or not.
        alive: the serving processes that were heard of lately.
        compare: how the challenger of a model does beside its champion.
        notes: what a version's files say of its training; raises ArtifactRefusedError.
        train: defers a training, by model, settings of the recipe and actor; the task.
        follow_timeout_s: how long an answer waits for the workers to follow a release.
    """

    catalog: ModelCatalog
    releases: Releases
    names: Sequence[str]
    alive: Callable[[], Sequence[ServingProcess]]
    compare: Callable[[str], Mapping[str, object]]
    notes: Callable[[ModelVersion], TrainingNotes]
    train: Callable[[str, Mapping[str, Any], str], TaskRecord]
    follow_timeout_s: float = FOLLOW_TIMEOUT_S

    def known(self, name: str) -> str:
        """The name, if a model is called so.

        Raises:
            NotFoundError: none is.
        """
        if name not in self.names:
            raise NotFoundError(
                f"There is no model of this name; there are: {', '.join(self.names)}.", code="model.not_found"
            )
        return name


def model_routes(ports: ModelPorts) -> APIRouter:
    """Routes over the catalog."""
    router = APIRouter(prefix="/models", tags=["models"])
    _add_reads(router, ports)
    _add_trials(router, ports)
    _add_promotions(router, ports)
    _add_trainings(router, ports)
    return router


def _add_reads(router: APIRouter, ports: ModelPorts) -> None:
    """What exists, what is live, who changed it and why."""
    catalog = ports.catalog

    @router.get("", dependencies=[Depends(_reads)])
    @documented(answer(ModelList, "Every model, trained or not."))
    def list_models() -> Response:
        """List every model with what is live and what is on trial."""
        live = read_live(catalog)
        items = [
            model_summary(name, live.champions.get(name), live.challengers.get(name)) for name in ports.names
        ]
        return json_answer({"items": items, "next": None})

    @router.get("/{name}", dependencies=[Depends(_reads)])
    @documented(answer(ModelDetails, "The model and the report of its champion."), problems=[404])
    def show_model(name: str) -> Response:
        """Show a model: what is live, its metrics with intervals, its data."""
        champion = catalog.champion(ports.known(name))
        summary = model_summary(name, champion, catalog.challengers().get(name))
        return json_answer({**summary, "report": None if champion is None else dict(champion.report)})

    @router.get("/{name}/versions", dependencies=[Depends(_reads)])
    @documented(answer(VersionList, "The versions, newest first."), problems=[404])
    def list_versions(name: str) -> Response:
        """List the versions of a model, newest first."""
        return json_answer(
            {
                "items": [version_as_dict(version) for version in catalog.versions(ports.known(name))],
                "next": None,
            }
        )

    @router.get("/{name}/versions/{version}", dependencies=[Depends(_reads)])
    @documented(answer(VersionDetails, "The version, its report, recipe and card."), problems=[404, 503])
    def show_version(name: str, version: str) -> Response:
        """Show a version: metrics with intervals, training data, recipe and model card; two of them are compared by these."""
        registered = catalog.version(ports.known(name), version)
        notes = ports.notes(registered)
        about = {"report": dict(registered.report), "recipe": dict(notes.recipe), "card": notes.card}
        return json_answer({**version_as_dict(registered), **about})

    @router.get("/{name}/history", dependencies=[Depends(_reads)])
    @documented(answer(ReleaseList, "The releases, newest first."), problems=[404])
    def list_releases(name: str) -> Response:
        """List who released which version, when and why, newest first."""
        return json_answer(
            {
                "items": [release.as_dict() for release in catalog.history(ports.known(name))],
                "next": None,
            }
        )


def _add_trials(router: APIRouter, ports: ModelPorts) -> None:
    """A challenger beside the champion: put there, compared, taken away."""
    releases = ports.releases
    limit = ConcurrencyLimit(_MOST_COMPARED_AT_ONCE, patience_s=_PATIENCE_S)

    @router.get("/{name}/comparison", dependencies=[Depends(_reads)])
    @documented(answer(TrialComparison, "How the challenger does."), problems=[404, 409, 429])
    def compare_trial(name: str) -> Response:
        """Tell how the challenger does, or did last: its rails, and its answers beside the champion's, request by request."""
        ports.known(name)
        with limit.acquire("Other trials are being compared; retry later."):
            return json_answer(ports.compare(name))

    @router.post("/{name}/load")
    @documented(
        answer(FollowedRelease, "The release, and which workers follow it."),
        body=body(LoadRequest, example={"version": "4", "reason": "More rows.", "share": 0.1}),
        problems=[404, 409],
    )
    async def load_version(name: str, request: Request, caller: Caller = Depends(_loads)) -> Response:
        """Put a version on trial beside the champion: as a shadow, or answering a share; answers when every worker has it."""
        body = await read_model(request, LoadRequest)
        load = partial(releases.load, share=body.share, actor=caller.subject, reason=body.reason)
        return await run_in_threadpool(
            _followed, ports, await run_in_threadpool(load, ports.known(name), body.version)
        )

    @router.post("/{name}/unload")
    @documented(
        answer(FollowedRelease, "The release, and which workers follow it."),
        body=body(ReasonRequest, example={"reason": "Seen enough."}),
        problems=[404, 409],
    )
    async def unload_version(name: str, request: Request, caller: Caller = Depends(_loads)) -> Response:
        """End the trial of the challenger."""
        body = await read_model(request, ReasonRequest)
        unload = partial(releases.unload, actor=caller.subject, reason=body.reason)
        return await run_in_threadpool(_followed, ports, await run_in_threadpool(unload, ports.known(name)))


def _add_promotions(router: APIRouter, ports: ModelPorts) -> None:
    """Another champion, and the way back."""
    releases = ports.releases

    @router.post("/{name}/promote")
    @documented(
        answer(FollowedRelease, "The release, and which workers follow it."),
        answer(PendingPromotion, "Approved; more people have to approve, too.", status=202),
        body=body(PromoteRequest, example={"version": "3", "reason": "Better on May."}),
        problems=[404, 409],
    )
    async def promote_version(name: str, request: Request, caller: Caller = Depends(_promotes)) -> Response:
        """Make a version champion; answers when every worker serves it, or says which one does not."""
        body = await read_model(request, PromoteRequest)
        promote = partial(releases.promote, actor=caller.subject, reason=body.reason)
        promotion = await run_in_threadpool(promote, ports.known(name), body.version)
        if promotion.release is None:
            waiting = {
                "state": "waiting",
                "approved_by": list(promotion.approved_by),
                "needed": promotion.needed,
            }
            return json_answer({"model": name, "version": body.version, **waiting}, status=202)
        return await run_in_threadpool(_followed, ports, promotion.release)

    @router.post("/{name}/rollback")
    @documented(
        answer(FollowedRelease, "The release, and which workers follow it."),
        body=body(ReasonRequest, example={"reason": "Complaints since noon."}),
        problems=[404, 409],
    )
    async def roll_back_model(name: str, request: Request, caller: Caller = Depends(_promotes)) -> Response:
        """Roll back to the previous champion; no version number is needed."""
        body = await read_model(request, ReasonRequest)
        back = partial(releases.roll_back, actor=caller.subject, reason=body.reason)
        return await run_in_threadpool(_followed, ports, await run_in_threadpool(back, ports.known(name)))


def _add_trainings(router: APIRouter, ports: ModelPorts) -> None:
    """Another version, made in the background."""

    @router.post("/{name}/trainings", status_code=202)
    @documented(
        answer(
            TaskAnswer, "The task that trains; `GET /tasks/{task_id}` shows it.", status=202, example=EXAMPLE
        ),
        body=body(TrainingRequest, example={"settings": {}}),
        problems=[404, 503],
    )
    async def train_model(name: str, request: Request, caller: Caller = Depends(_trains)) -> Response:
        """Train a model on its current table in the background; the gate decides whether the version goes live.

        The result of the task holds the version and what the gate said.
        """
        body = await read_model(request, TrainingRequest)
        record = await run_in_threadpool(ports.train, ports.known(name), body.settings, caller.subject)
        return accepted_task(record)


def _followed(ports: ModelPorts, release: Release) -> Response:
    """The answer to a release, once every worker follows it or the patience for that is over."""
    if release.alias is Alias.CHAMPION:
        role, version = release.model, release.version
    else:
        role, version = trial_of(release.model), with_share(release.version, release.share)
    followers = wait_until_followed(ports.alive, role, version, timeout_s=ports.follow_timeout_s)
    workers = {"serving": list(followers.serving), "behind": list(followers.behind)}
    return json_answer({**release.as_dict(), "workers": workers})
