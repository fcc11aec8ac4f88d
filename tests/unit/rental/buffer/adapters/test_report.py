"""The report stands alone, can be read without seeing it, and says nothing that the analysis does not."""

from __future__ import annotations

import copy
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from tests.support.buffer_fakes import small_analysis

from drivetrain.rental.buffer.adapters.report import report

AT = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
VOID = {"meta", "path", "rect", "circle", "br"}


class Outline(HTMLParser):
    """Elements with their attributes, text, and whether every tag is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)


@pytest.fixture(scope="module")
def text():
    return report(small_analysis().record, AT)


@pytest.fixture(scope="module")
def outline(text):
    return Outline(text)


def test_it_has_four_charts_and_a_table_under_each(outline):
    assert outline.count("svg") == outline.count("figure") == outline.count("figcaption") == 4
    order = [tag for tag, _ in outline.elements if tag in {"figure", "svg", "table"}]
    assert re.match(r"(.*figure svg table){4}", " ".join(order))


def test_nothing_is_fetched_from_anywhere(text):
    assert not re.search(r"https?://|<script|<link|<img|@import|url\(", text)


def test_everything_that_is_labeled_by_an_id_finds_it_once(outline):
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in outline.elements:
        for key in (attributes.get("aria-labelledby") or "").split():
            assert key in ids


def test_every_header_cell_says_what_it_heads(outline):
    headers = [attributes for tag, attributes in outline.elements if tag == "th"]
    assert headers
    assert all(attributes.get("scope") in {"row", "col"} for attributes in headers)


def test_figures_are_those_of_the_record(outline):
    along = small_analysis().record["frontiers"]["all"]["figures"]
    for threshold in (30, 60, 120, 180, 240):
        touched = along["touched"]
        shown = f"{touched['value'][threshold]:,} ({touched['low'][threshold]:,} to {touched['high'][threshold]:,})"
        assert shown in outline.text


def test_the_method_names_every_kind_of_interval(outline):
    for words in ("percentiles over", "Shares of conflicts", "shares of wait classes", "Wilson"):
        assert words in outline.text


def test_synthetic_data_is_called_synthetic_and_real_data_is_not(text):
    assert "SYNTHETIC DATA" in text
    real = copy.deepcopy(small_analysis().record)
    real["table"]["is_synthetic"] = False
    assert "SYNTHETIC" not in report(real, AT)


def test_what_a_file_is_called_cannot_become_markup():
    record = copy.deepcopy(small_analysis().record)
    record["table"]["source"] = "<script>alert(1)</script>.csv"
    assert "<script" not in report(record, AT)


def test_rows_that_were_set_aside_are_told_with_their_reasons():
    record = copy.deepcopy(small_analysis().record)
    record["table"].update(
        refused=1,
        reasons={"rental.not_a_number": 1},
        errors=[
            {
                "row": 5,
                "column": "car_id",
                "code": "rental.not_a_number",
                "detail": "car_id must be a number.",
            }
        ],
    )
    found = Outline(report(record, AT)).text
    assert "rental.not_a_number" in found
    assert "row 5, car_id" in found


def test_a_table_too_small_for_lateness_says_why():
    record = copy.deepcopy(small_analysis().record)
    record.update(lateness=[], lateness_refused="Only 12 rentals can be judged.")
    assert "Only 12 rentals" in report(record, AT)
