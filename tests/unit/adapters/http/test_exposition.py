"""Our text is that of the metrics library, for whatever several processes have counted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.parser import text_string_to_metric_families

from drivetrain.adapters.http.exposition import merged_exposition

_COUNT = """
import sys
from prometheus_client import CollectorRegistry, Gauge
from drivetrain.adapters.http.metrics import HttpMetrics, LedgerMetrics, PredictionMetrics, name_process
from drivetrain.products import PRODUCTS

name, number = sys.argv[1], int(sys.argv[2])
name_process(name)
registry = CollectorRegistry()
http, ledger, predictions = HttpMetrics(registry), LedgerMetrics(registry), PredictionMetrics(registry)
for product in PRODUCTS:
    if product.metrics is not None:
        product.metrics(registry)
for step in range(20 * number):
    http.observe("GET", f"/routes/{step % 3}/{{name}}", (200, 404, 503)[step % 3], 0.0007 * 3**(step % 9))
    predictions.answered("a model", 'with "quotes", \\\\ and a\\nline', step, step / 7)
    predictions.answered_one("a model", "one by one", step / 7)
    predictions.refused("ein Modell für Zürich")
http.show()
predictions.show()
ledger.show(queued=number, totals={"durable": 10 * number})
Gauge("drivetrain_longest_wait", "Of all.", registry=registry, multiprocess_mode="livemax").set(-number)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of three processes, one of which began twice."""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for name, number in (("api-0", 1), ("api-1", 3), ("score-trips", 0), ("api-0", 2)):
        subprocess.run([sys.executable, "-c", _COUNT, name, str(number)], env=environment, check=True)
    return tmp_path


def families(page: bytes) -> dict[str, object]:
    """Kind, description and samples by name, as Prometheus reads them."""
    return {
        family.name: (family.type, family.documentation, sorted(map(str, family.samples)))
        for family in text_string_to_metric_families(page.decode())
    }


def test_it_says_what_the_library_says(folder: Path) -> None:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    expected = families(generate_latest(registry))
    assert families(merged_exposition(folder)) == expected
    assert {
        "http_requests",
        "http_request_duration_seconds",
        "drivetrain_ledger_queue_decisions",
        "drivetrain_longest_wait",
    } <= expected.keys()


def test_the_samples_of_a_histogram_stand_in_order_and_add_up(folder: Path) -> None:
    lines = merged_exposition(folder).decode().splitlines()
    of_route = [
        line for line in lines if line.startswith("http_request_duration_seconds") and "/routes/1/" in line
    ]
    counts = [float(line.rpartition(" ")[2]) for line in of_route if "_bucket" in line]
    assert counts == sorted(counts) and 'le="+Inf"' in [line for line in of_route if "_bucket" in line][-1]
    (total,) = (line for line in of_route if "_count" in line)
    assert float(total.rpartition(" ")[2]) == counts[-1] == 40


def test_an_empty_folder_is_an_empty_page(tmp_path: Path) -> None:
    assert merged_exposition(tmp_path) == b""
