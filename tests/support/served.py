"""Routers of a capability on a server of their own, with callers that a test names in a header."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import uvicorn
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from starlette.requests import Request

from drivetrain.adapters.http.arrival import BodyPace
from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.metrics import HttpMetrics
from drivetrain.core.access import Caller, subject_of
from drivetrain.core.errors import UnauthenticatedError

CALLER = "x-test-caller"


def caller_header(
    *scopes: str, person: UUID | None = None, company: UUID | None = None, branch: UUID | None = None
) -> dict[str, str]:
    """The header of a caller."""
    fields = {"person": person, "company": company, "branch": branch}
    ids = {name: str(value) for name, value in fields.items() if value is not None}
    return {CALLER: json.dumps({"scopes": scopes, **ids})}


class NamedCallers:
    """Takes the place of the authenticator: a request comes from whom its header says.

    Attributes:
        ended: people whose sessions have ended.
        withdrawn: scopes that were taken away from people.
    """

    def __init__(self) -> None:
        self.ended: set[UUID] = set()
        self.withdrawn: dict[UUID, set[str]] = {}

    async def authenticate(self, request: Request) -> Caller:
        """The caller of the header."""
        text = request.headers.get(CALLER)
        if text is None:
            raise UnauthenticatedError("No caller.", code="auth.missing")
        fields = json.loads(text)
        person, company, branch = (
            UUID(fields[name]) if name in fields else None for name in ("person", "company", "branch")
        )
        if person in self.ended:
            raise UnauthenticatedError("The session has ended.", code="auth.session_ended")
        subject = "key" if person is None else subject_of(person)
        withdrawn = set() if person is None else self.withdrawn.get(person, set())
        scopes = frozenset(fields["scopes"]) - withdrawn
        return Caller(subject, "credential", scopes, None, person, company, branch)

    async def peek(self, request: Request) -> Caller:
        """The same: these callers have no sessions that could end by themselves."""
        return await self.authenticate(request)


class RoutesBelow:
    """A client of the routes below a path, which the paths of its requests leave out."""

    def __init__(self, client: httpx.Client, root: str) -> None:
        self._client = client
        self._root = root

    def at(self, root: str) -> RoutesBelow:
        """The same client below another path."""
        return RoutesBelow(self._client, root)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._client.get(self._root + path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self._client.post(self._root + path, **options)

    def put(self, path: str, **options: Any) -> httpx.Response:
        return self._client.put(self._root + path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self._client.delete(self._root + path, **options)


def served_application(routers: Sequence[APIRouter], callers: NamedCallers) -> Edge:
    """An application with these routers."""
    app = FastAPI(redirect_slashes=False, openapi_url=None)
    install_problem_answers(app)
    app.state.authenticator = callers
    app.state.body_pace = BodyPace(5.0, 1.0)
    for router in routers:
        app.include_router(router)
    return Edge(app, HttpMetrics(CollectorRegistry()))


@contextmanager
def serving(application: Edge) -> Iterator[tuple[str, uvicorn.Server]]:
    """A server on loopback for as long as the block runs: its address, and itself."""
    server = uvicorn.Server(
        uvicorn.Config(application, port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=5)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", server
    finally:
        server.should_exit = True
        thread.join()
