"""Metrics count what happened under labels that nobody outside can multiply."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import timeit
from pathlib import Path

import pytest

import drivetrain
from drivetrain.adapters.http.metrics import (
    _FILE_BYTES,
    HttpMetrics,
    LedgerMetrics,
    PredictionMetrics,
    exposition,
)
from drivetrain.products import PRODUCTS


def test_requests_are_counted_and_timed(registry, sample):
    metrics = HttpMetrics(registry)
    metrics.observe("POST", "/rental/price", 200, 0.0004)
    metrics.observe("POST", "/rental/price", 200, 40.0)
    labels = {"method": "POST", "handler": "/rental/price"}
    assert sample("http_requests_total", status="2xx", **labels) == 2
    assert sample("drivetrain_http_answers_total", status="200") == 2
    assert sample("http_request_duration_seconds_sum", **labels) == pytest.approx(40.0004)
    assert sample("http_request_duration_seconds_bucket", le="0.001", **labels) == 1
    assert sample("http_request_duration_seconds_bucket", le="30.0", **labels) == 1
    assert sample("http_request_duration_seconds_bucket", le="+Inf", **labels) == 2


def test_what_is_counted_between_two_looks_is_added_once(registry, sample):
    metrics = HttpMetrics(registry)
    for seconds in (0.0004, None, 0.001, 0.0011, 40.0):
        for _ in range(3):
            metrics.observe("GET", "/health", 200, seconds)
            metrics.show()
    labels = {"method": "GET", "handler": "/health"}
    for _ in range(2):
        assert sample("http_requests_total", status="2xx", **labels) == 15
        assert sample("http_request_duration_seconds_count", **labels) == 12
        assert sample("http_request_duration_seconds_sum", **labels) == pytest.approx(3 * 40.0025)
        assert sample("http_request_duration_seconds_bucket", le="0.001", **labels) == 6
        assert sample("http_request_duration_seconds_bucket", le="0.0025", **labels) == 9


def test_nothing_is_lost_or_doubled_while_another_thread_looks(registry, sample):
    metrics, predictions = HttpMetrics(registry), PredictionMetrics(registry)
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            metrics.show()
            predictions.show()

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    for number in range(20_000):
        metrics.observe("GET", "/health", 200, number % 7 / 1000)
        predictions.answered_one("rental-price", "3", 0.35)
    done.set()
    for looker in lookers:
        looker.join()
    assert sample("http_requests_total", method="GET", handler="/health", status="2xx") == 20_000
    assert sample("http_request_duration_seconds_count", method="GET", handler="/health") == 20_000
    assert sample("drivetrain_predictions_total", model="rental-price", version="3") == 20_000
    assert sample("drivetrain_prediction_range_width_ratio_bucket", model="rental-price", le="0.4") == 20_000


def test_methods_that_clients_invent_are_not_remembered(registry):
    metrics = HttpMetrics(registry)
    for number in range(1_000):
        metrics.observe(f"BREW{number}", "/health", 405, 0.0)
    assert len(metrics._by_request) + len(metrics._tallies) == 1


@pytest.mark.parametrize("method", ["get", "BREW", "", "GET\nx 1", "x" * 10_000])
def test_methods_that_are_none_share_one_label(registry, sample, method):
    HttpMetrics(registry).observe(method, "unmatched", 405, 0.0)
    assert sample("http_requests_total", method="OTHER", handler="unmatched", status="4xx") == 1


def test_predictions_are_counted_by_version_and_refusals_by_model(registry, sample):
    metrics = PredictionMetrics(registry)
    metrics.answered("rental-price", "3", rows=10, width_ratio=0.35)
    metrics.answered_one("rental-price", "4", width_ratio=5.0)
    metrics.refused("rental-price")
    metrics.refused("rental-price", rows=4)
    assert sample("drivetrain_predictions_total", model="rental-price", version="3") == 10
    assert sample("drivetrain_predictions_total", model="rental-price", version="4") == 1
    assert sample("drivetrain_predictions_refused_total", model="rental-price") == 5
    assert sample("drivetrain_prediction_range_width_ratio_bucket", model="rental-price", le="0.4") == 1
    assert sample("drivetrain_prediction_range_width_ratio_count", model="rental-price") == 2


def test_the_ledgers_queue_is_as_last_seen_and_its_writes_add_up(registry, sample):
    metrics = LedgerMetrics(registry)
    metrics.show(queued=7, totals={"durable": 3, "spilled": 0})
    metrics.show(queued=2, totals={"durable": 7, "spilled": 2})
    metrics.show(queued=2, totals={"durable": 7, "spilled": 2})
    assert sample("drivetrain_ledger_queue_decisions") == 2
    assert sample("drivetrain_ledger_decisions_total") == 7
    assert sample("drivetrain_ledger_spilled_total") == 2
    assert sample("drivetrain_ledger_refused_total") == 0


def test_a_single_process_answers_for_itself(registry, monkeypatch):
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    HttpMetrics(registry).observe("GET", "/health", 200, 0.001)
    assert b'http_requests_total{handler="/health",method="GET",status="2xx"} 1.0' in exposition(registry)


def test_every_metric_is_explained_to_operators(registry):
    for metrics in (HttpMetrics, PredictionMetrics, LedgerMetrics):
        metrics(registry)
    page = (Path(__file__).parents[4] / "docs/runbooks/start-and-stop.md").read_text(encoding="utf-8")
    kept = {family.name + ("_total" if family.type == "counter" else "") for family in registry.collect()}
    assert {name for name in kept if f"`{name}`" not in page} == set()


def test_every_metric_has_our_prefix_but_the_two_of_common_dashboards(registry):
    for metrics in (HttpMetrics, PredictionMetrics, LedgerMetrics):
        metrics(registry)
    for product in PRODUCTS:
        if product.metrics is not None:
            product.metrics(registry)
    others = {family.name for family in registry.collect() if not family.name.startswith("drivetrain_")}
    assert others == {"http_requests", "http_request_duration_seconds"}


_FLOOD = """
import sys
from prometheus_client import CollectorRegistry
from drivetrain.adapters.http.metrics import HttpMetrics, name_process

name_process(sys.argv[1])
metrics = HttpMetrics(CollectorRegistry())
methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", *(f"BREW{n}" for n in range(200))]
for n, method in enumerate(methods):
    for route in range(100):  # more than there are
        metrics.observe(method, f"/routes/{route}/{{name}}", 405, 0.01)
        for status in (200, 304, 400, 404, 413, 422, 429, 499, 500, 503, 507) if n < 2 else ():
            metrics.observe(method, f"/routes/{route}/{{name}}", status, 0.01)
    metrics.observe(method, "unmatched", 404, 0.01)
metrics.show()
"""


def test_the_exposition_stays_small_and_fast_whatever_clients_send_and_however_often_workers_restart(
    tmp_path, monkeypatch, registry
):
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for worker in ("0", "1", "2", "3", "0", "1"):  # the last two are restarts
        subprocess.run([sys.executable, "-c", _FLOOD, worker], env=environment, check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{kind}_{worker}.db" for kind in _FILE_BYTES for worker in range(4)
    )
    # allocated whole when a process begins: a full disk cannot end one that fills a hole of its file
    for file in tmp_path.iterdir():
        assert file.stat().st_size == _FILE_BYTES[file.name.rpartition("_")[0]]
        assert file.stat().st_blocks * 512 >= file.stat().st_size
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    text = exposition(registry)
    took_s = min(timeit.repeat(lambda: exposition(registry), number=1, repeat=3))
    assert len(text) <= 1 << 20 and text.count(b"\n") <= 5_000
    assert b"BREW" not in text
    assert b'drivetrain_http_answers_total{status="503"} 1200.0' in text  # 6 runs of 2 methods on 100 routes
    assert took_s <= 0.5  # 0.1 s on a machine with nothing else to do; tests run beside others


def test_every_mode_of_a_gauge_has_its_file() -> None:
    """Its file would otherwise be made with holes, by whoever sets the first gauge of that mode."""
    sources = (file.read_text(encoding="utf-8") for file in Path(drivetrain.__file__).parent.rglob("*.py"))
    modes = {mode for source in sources for mode in re.findall(r'multiprocess_mode="(\w+)"', source)}
    assert {f"gauge_{mode}" for mode in modes} == {kind for kind in _FILE_BYTES if kind.startswith("gauge")}


_COUNT = """
import os, sys
from prometheus_client import CollectorRegistry
from drivetrain.adapters.http.metrics import HttpMetrics, exposition, name_process

name_process("0")
registry = CollectorRegistry()
HttpMetrics(registry).observe("GET", "/routes", 200, 0.01)
sys.stdout.buffer.write(exposition(registry))
"""


def test_a_process_without_room_for_its_files_counts_for_itself(tmp_path):
    nowhere = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "gone")}
    counted = subprocess.run([sys.executable, "-c", _COUNT], env=nowhere, check=True, capture_output=True)
    assert b'drivetrain_http_answers_total{status="200"} 1.0' in counted.stdout
