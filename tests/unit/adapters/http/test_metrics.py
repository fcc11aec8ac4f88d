"""Metrics count what happened under labels that nobody outside can multiply."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivetrain.adapters.http.metrics import HttpMetrics, LedgerMetrics, PredictionMetrics, exposition


def test_requests_are_counted_and_timed(registry, sample):
    metrics = HttpMetrics(registry)
    metrics.observe("POST", "/rental/price", 200, 0.0004)
    metrics.observe("POST", "/rental/price", 200, 40.0)
    labels = {"method": "POST", "handler": "/rental/price", "status": "200"}
    assert sample("http_requests_total", **labels) == 2
    assert sample("http_request_duration_seconds_sum", **labels) == pytest.approx(40.0004)
    assert sample("http_request_duration_seconds_bucket", le="0.0005", **labels) == 1
    assert sample("http_request_duration_seconds_bucket", le="30.0", **labels) == 1
    assert sample("http_request_duration_seconds_bucket", le="+Inf", **labels) == 2


@pytest.mark.parametrize("method", ["get", "BREW", "", "GET\nx 1", "x" * 10_000])
def test_methods_that_are_none_share_one_label(registry, sample, method):
    HttpMetrics(registry).observe(method, "unmatched", 405, 0.0)
    assert sample("http_requests_total", method="OTHER", handler="unmatched", status="405") == 1


def test_predictions_are_counted_by_version_and_refusals_by_model(registry, sample):
    metrics = PredictionMetrics(registry)
    metrics.answered("rental-price", "3", rows=10, width_ratio=0.35)
    metrics.answered("rental-price", "4", rows=1, width_ratio=5.0)
    metrics.refused("rental-price")
    metrics.refused("rental-price", rows=4)
    assert sample("predictions_total", model="rental-price", version="3") == 10
    assert sample("predictions_total", model="rental-price", version="4") == 1
    assert sample("predictions_refused_total", model="rental-price") == 5
    assert sample("prediction_range_width_ratio_bucket", model="rental-price", le="0.4") == 1
    assert sample("prediction_range_width_ratio_count", model="rental-price") == 2


def test_the_ledgers_queue_is_as_last_seen_and_its_writes_add_up(registry, sample):
    metrics = LedgerMetrics(registry)
    metrics.show(queued=7, totals={"durable": 3, "spilled": 0})
    metrics.show(queued=2, totals={"durable": 7, "spilled": 2})
    metrics.show(queued=2, totals={"durable": 7, "spilled": 2})
    assert sample("ledger_queue_decisions") == 2
    assert sample("ledger_decisions_total") == 7
    assert sample("ledger_spilled_total") == 2
    assert sample("ledger_refused_total") == 0


def test_a_single_process_answers_for_itself(registry, monkeypatch):
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    HttpMetrics(registry).observe("GET", "/health", 200, 0.001)
    assert b'http_requests_total{handler="/health",method="GET",status="200"} 1.0' in exposition(registry)


def test_every_metric_is_explained_to_operators(registry):
    for metrics in (HttpMetrics, PredictionMetrics, LedgerMetrics):
        metrics(registry)
    page = (Path(__file__).parents[4] / "docs/runbooks/start-and-stop.md").read_text(encoding="utf-8")
    kept = {family.name + ("_total" if family.type == "counter" else "") for family in registry.collect()}
    assert {name for name in kept if f"`{name}`" not in page} == set()
