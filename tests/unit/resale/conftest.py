"""The routes of resale behind the platform's edge."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from tests.support.fakes import MemoryLedger
from tests.support.resale_app import resale_app

from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.metrics import HttpMetrics


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def app(registry, ledger) -> FastAPI:
    return resale_app(registry, ledger)


@pytest.fixture
def client(app) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Edge(app, HttpMetrics(CollectorRegistry())), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")
