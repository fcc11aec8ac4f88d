"""Every route for every caller: what must come back stands in ``authorization.txt``, written by hand.

Each cell is one request to a real worker on a real database, with a caller and objects made for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.support.callers import CALLERS, STRANGERS, CallerWorker, open_worker

from drivetrain.adapters.embedded.postgres import EmbeddedPostgres

TABLE = Path(__file__).parent / "authorization.txt"
_LINE = re.compile(r"(?P<method>[A-Z]+) (?P<path>\S+)(?: (?P<body>[{\[].*?))? -> (?P<expected>.+)")
_MISSING = "<missing>"


@dataclass(frozen=True)
class Line:
    """One line of the table: a request, and the status that each caller must get."""

    number: int
    method: str
    path: str
    body: str | None
    expected: Mapping[str, int] = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def is_of(self, method: str, template: str) -> bool:
        """True when the path is one of a route's."""
        own, others = self.path.partition("?")[0].split("/"), template.split("/")
        return (
            self.method == method
            and len(own) == len(others)
            and all(part == other or other.startswith("{") for part, other in zip(own, others, strict=True))
        )


def read_table(text: str) -> list[Line]:
    """The lines; ``@name = callers`` names several callers, ``*`` those that a line does not name otherwise."""
    groups: dict[str, list[str]] = {"@strangers": list(STRANGERS)}
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("@"):
            name, _, members = line.partition(" = ")
            groups[name] = [caller for each in members.split() for caller in groups.get(each, [each])]
            continue
        match = _LINE.fullmatch(line.strip())
        assert match, f"line {number} cannot be read: {line}"
        expected = _expected(match["expected"], groups, number)
        lines.append(Line(number, match["method"], match["path"], match["body"], expected))
    return lines


def _expected(text: str, groups: Mapping[str, Sequence[str]], number: int) -> dict[str, int]:
    expected: dict[str, int] = {}
    others = None
    for part in text.split(";"):
        status, *names = part.split()
        if names == ["*"]:
            others = int(status)
            continue
        for caller in [caller for name in names for caller in groups.get(name, [name])]:
            assert caller in CALLERS, f"line {number} names {caller!r}, which is no caller"
            assert caller not in expected, f"line {number} names {caller!r} twice"
            expected[caller] = int(status)
    if others is not None:
        expected = {caller: expected.get(caller, others) for caller in CALLERS}
    assert expected.keys() == set(CALLERS), (
        f"line {number} does not say what {set(CALLERS) - expected.keys()} get"
    )
    return expected


LINES = read_table(TABLE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def worker(
    postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CallerWorker]:
    with open_worker(postgres_server, tmp_path_factory.mktemp("home")) as worker:
        yield worker


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.number} {line.name}")
def test_every_caller_gets_what_the_table_says(worker: CallerWorker, line: Line) -> None:
    answers = worker.ask(line.method, line.path, line.body)
    deviations = {
        caller: f"{answer.status_code} {answer.text[:200]}, not {line.expected[caller]}"
        for caller, answer in answers.items()
        if answer.status_code != line.expected[caller]
    }
    assert deviations == {}, f"line {line.number}"


FOREIGN = [
    line
    for line in LINES
    if "<" in line.path and _MISSING not in f"{line.path} {line.body}" and 404 in line.expected.values()
]


@pytest.mark.parametrize("line", FOREIGN, ids=lambda line: f"{line.number} {line.name}")
def test_a_foreign_object_is_answered_exactly_like_a_missing_one(worker: CallerWorker, line: Line) -> None:
    outsiders = [caller for caller, status in line.expected.items() if status == 404]
    foreign = worker.ask(line.method, line.path, line.body, outsiders)
    company, _, rest = line.path.rpartition("<")
    missing = worker.ask(line.method, company + re.sub(r"^\w+>", _MISSING, rest), line.body, outsiders)
    for caller in outsiders:
        assert _comparable(foreign[caller].text) == _comparable(missing[caller].text), caller
    # to whom the company is foreign too, it is as if there were none
    abroad = [caller for caller in outsiders if caller == "other_company"]
    nowhere = worker.ask(line.method, re.sub(r"<\w+>", _MISSING, line.path), line.body, abroad)
    for caller in abroad:
        assert _comparable(foreign[caller].text) == _comparable(nowhere[caller].text), caller


def test_every_route_has_a_line(worker: CallerWorker) -> None:
    assert _without_line(worker, LINES) == []


def test_a_route_without_a_line_is_noticed(worker: CallerWorker) -> None:
    assert _without_line(worker, LINES[1:]) == [LINES[0].name]


def test_every_object_is_asked_for_where_it_is_missing_too(worker: CallerWorker) -> None:
    with_object = [line for line in LINES if "<" in line.path and _MISSING not in line.path]
    templates = {
        (method, template)
        for method, template in worker.routes
        for line in with_object
        if line.is_of(method, template)
    }
    assert templates
    missing = [line for line in LINES if _MISSING in line.path]
    assert [each for each in sorted(templates) if not any(line.is_of(*each) for line in missing)] == []


def _without_line(worker: CallerWorker, lines: Sequence[Line]) -> list[str]:
    return [
        f"{method} {template}"
        for method, template in worker.routes
        if not any(line.is_of(method, template) for line in lines)
    ]


def _comparable(text: str) -> object:
    """An answer without what is different in every one: ids."""
    ids = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|'[A-Za-z0-9]{12}'"
    body = json.loads(re.sub(ids, "id", text).replace("'id'", "id"))
    return {name: value for name, value in body.items() if name not in {"request_id", "instance"}}
