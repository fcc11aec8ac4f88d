"""A small application with the platform's edge, reached without a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
import structlog
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.metrics import HttpMetrics


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[structlog.typing.EventDict]]:
    """The log lines, kept off the screen: to format the traceback of a bug for people takes seconds."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI(redirect_slashes=False)
    install_problem_answers(app)
    return app


@pytest.fixture
def client(app, registry) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Edge(app, HttpMetrics(registry)), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


@pytest.fixture
def sample(registry) -> Callable[..., float | None]:
    """The value of a metric."""
    return lambda name, **labels: registry.get_sample_value(name, labels)
