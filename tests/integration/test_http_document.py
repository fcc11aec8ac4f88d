"""Generated requests against the whole document: no undocumented status, no answer off its schema, no error of ours.

The bounded run is part of the tests. The long one, of 200 examples an operation, is asked for by
``DRIVETRAIN_DOCUMENT_EXAMPLES=200``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
from tests.support.platform import RunningPlatform, eventually, running

from drivetrain.bootstrap.document import document_text

EXAMPLES = int(os.environ.get("DRIVETRAIN_DOCUMENT_EXAMPLES", "0"))
BOUND_S = 20
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)

CONFIGURATION = """
# An analysis that was uploaded and waits for its turn is not ready; it says so, as documented.
[[operations]]
include-path = [
  "/rental/buffer/answers",
  "/rental/buffer/decide",
  "/rental/buffer/frontier",
  "/rental/buffer/groups",
  "/rental/buffer/policy/outcome",
]
checks.not_a_server_error.expected-statuses = ["2xx", "4xx", 503]
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is not installed"),
    pytest.mark.timeout(900 if not EXAMPLES else 3600),
]


def wait_for_the_first_analysis(platform: RunningPlatform) -> None:
    """Until then questions about the buffer are answered with 503, as documented; the check takes that for a fault."""
    with platform.client() as client:
        assert eventually(
            lambda: client.get("/rental/buffer/answers").status_code == httpx.codes.OK, 300, every_s=0.5
        )


def test_no_answer_is_off_the_document(new_home: Callable[[], Path], tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(document_text(), encoding="utf-8")
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    how_much = (
        ["--max-examples", str(EXAMPLES)] if EXAMPLES else ["--max-examples", "5", "--max-time", str(BOUND_S)]
    )
    with running(new_home()) as platform:
        wait_for_the_first_analysis(platform)
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration)),
            *("--no-color", "run", str(document)),
            *("--url", platform.address, "--header", f"X-API-Key:{platform.admin_key.strip()}"),
            *(
                "--checks",
                ",".join(CHECKS),
                "--phases",
                "examples,coverage,fuzzing",
                "--generation-deterministic",
            ),
            *("--exclude-path", "/events"),  # does not end; tests/integration/test_http_events.py has it
            *("--continue-on-failure", "--warnings", "off", "--workers", "2"),
            # A busy machine is no finding, neither of the platform nor of what draws the examples.
            *("--request-timeout", "60", "--suppress-health-check", "too_slow"),
            *how_much,
        ]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert platform.failures() == []
        with platform.client() as client:
            assert client.get("/health/live").status_code == httpx.codes.OK
