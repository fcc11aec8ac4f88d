"""The report in a real browser: its charts are there, it prints, and the console stays silent."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from tests.support.browser import BROWSER, needs_browser
from tests.support.buffer_fakes import small_analysis

from drivetrain.core.time import SystemClock
from drivetrain.rental.buffer.adapters.report import report

pytestmark = [
    needs_browser,
    pytest.mark.slow,
]


def browse(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Open a page as a person would, without a window."""
    command = [
        str(BROWSER),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        f"--user-data-dir={page.parent / 'profile'}",
        *options,
        page.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def console(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What the page said on the browser's console."""
    return [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "report.html"
    file.write_text(report(small_analysis().record, SystemClock().now()), encoding="utf-8")
    return file


def test_the_charts_are_drawn_and_nothing_is_complained_about(page: Path) -> None:
    shown = browse(page, "--dump-dom")
    assert shown.returncode == 0, shown.stderr
    assert len(re.findall(r"<svg ", shown.stdout)) == 4
    assert len(re.findall(r"<path d=\"M[^\"]+L", shown.stdout)) > 10
    assert console(shown) == []


def test_a_page_that_does_complain_would_be_noticed(tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text("<!doctype html><title>x</title><script>console.error('oh')</script>")
    assert console(browse(page, "--dump-dom"))


def test_it_is_painted_on_the_screen_and_on_paper(page: Path) -> None:
    picture, paper = page.with_suffix(".png"), page.with_suffix(".pdf")
    browse(page, f"--screenshot={picture}", "--window-size=1000,3000")
    browse(page, f"--print-to-pdf={paper}")
    assert picture.stat().st_size > 50_000  # a blank page of this size has about 10,000 bytes
    assert paper.read_bytes().startswith(b"%PDF")
    assert paper.read_bytes().count(b"/Type /Page\n") >= 3
