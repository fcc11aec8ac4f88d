"""The documents say what the code says: links, commands, paths, settings, fields, codes and examples."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.core.errors import FieldError
from drivetrain.entrypoints.cli.main import command_line
from drivetrain.lifecycle.data.contracts import (
    LONGEST_TEXT,
    Column,
    Contract,
    FlagColumn,
    ListColumn,
    NumberColumn,
    is_optional,
)
from drivetrain.products import PRODUCTS, SCOPES
from drivetrain.rental.price.adapters.schemas import PRICE_EXAMPLE
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.resale.segments.model.contract import BUYER_PROFILE, INTERACTION
from drivetrain.resale.used.model.contract import CONTRACTS as USED_CARS
from drivetrain.resale.used.model.contract import DEAL_CONTRACTS as DEALS
from drivetrain.resale.used.model.contract import OUTLOOK_CONTRACTS as OUTLOOKS
from drivetrain.settings import Settings
from drivetrain.trips.duration.model.contract import TRIP_DURATION

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "drivetrain"
GROUPS: tuple[type[SettingsGroup], ...] = (Settings, *(group for each in PRODUCTS for group in each.settings))
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]

FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
CODE_PATH = re.compile(
    r"(?:src|tests|docs|requirements|core|lifecycle|adapters|bootstrap|rental|resale|market|dispatch|trips)/[\w/.*-]*"
)
ERROR_CODE = re.compile(
    r"(?:auth|data|database|home|host|input|keys|ledger|limits|model|people|platform|port|registry|rental|sessions)\.[a-z_]+[a-z]"
)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose(page: Path) -> str:
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def code(page: Path) -> str:
    """Everything a page sets as code: blocks, then words."""
    text = page.read_text(encoding="utf-8")
    return "\n".join([*FENCED.findall(text), *INLINE.findall(FENCED.sub("", text))])


def anchors(page: Path) -> set[str]:
    """The anchors that a forge gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@each_page
def test_links_inside_the_repository_resolve(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = (page.parent / name).resolve() if name else page
        if not found.is_file() or (anchor and anchor not in anchors(found)):
            broken.append(target)
    assert not broken


@each_page
def test_make_targets_that_are_mentioned_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", code(page))) <= targets


def test_every_make_target_is_explained_to_contributors() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE)) - {"help"}
    assert targets == set(re.findall(r"^\| `make ([a-z]+)` \|", read("CONTRIBUTING.md"), re.MULTILINE))


@each_page
def test_commands_that_are_mentioned_exist_with_their_options(page: Path) -> None:
    known = commands()
    for line in re.findall(r"(?:^|[ /])drivetrain ([a-z].*)", code(page), re.MULTILINE):
        words = line.split()
        names = (" ".join(words[:count]) for count in (3, 2, 1))
        name = next((name for name in names if name in known), None)
        assert name is not None, f"drivetrain {line}"
        assert {word for word in words if word.startswith("--")} <= known[name], f"drivetrain {line}"


@each_page
def test_paths_into_the_code_exist(page: Path) -> None:
    paths = [path for path in INLINE.findall(prose(page)) if CODE_PATH.fullmatch(path)]
    roots = {
        path: ROOT if path.startswith(("src/", "tests/", "docs/", "requirements/")) else SOURCE
        for path in paths
    }
    assert [path for path, root in roots.items() if not any(root.glob(path.rstrip("/")))] == []


@each_page
def test_settings_that_are_mentioned_exist(page: Path) -> None:
    known = {group.variable(name) for group in GROUPS for name in group.model_fields}
    known |= {name for group in GROUPS for name in group.former_names}
    known |= {
        "DRIVETRAIN_PARKING_",
        "DRIVETRAIN_PARKING_FEE_PER_HOUR",
    }  # of the product that contributors make
    assert set(re.findall(r"DRIVETRAIN_[A-Z_]+", page.read_text(encoding="utf-8"))) <= known


@pytest.mark.parametrize(
    ("group", "name"), [(group, name) for group in GROUPS for name in group.model_fields]
)
def test_every_setting_is_listed_with_its_default(group: type[SettingsGroup], name: str) -> None:
    field = group.model_fields[name]
    default = "none" if field.default is None else f"`{field.default}`"
    row = f"| `{group.variable(name)}` | {default} | {field.description} |"
    assert row in read("docs/runbooks/start-and-stop.md").splitlines()


@pytest.mark.parametrize("role", SCOPES.roles)
def test_every_role_is_listed_with_its_scopes(role: str) -> None:
    row = f"| {role} | {', '.join(f'`{scope}`' for scope in sorted(SCOPES.roles[role]))} |"
    assert row in read("docs/runbooks/keys.md").splitlines()


RENAMED_CODES = {"trips.outcome_stands", "ledger.outcome_stands"}
"""Named where the change is told."""


@each_page
def test_error_codes_that_are_mentioned_exist(page: Path) -> None:
    told = RENAMED_CODES if page.name in {"CHANGELOG.md", "upgrading.md"} else set()
    mentioned = {word for word in INLINE.findall(prose(page)) if ERROR_CODE.fullmatch(word)}
    assert mentioned - told <= known_codes()


def test_a_code_that_was_renamed_is_gone() -> None:
    assert not RENAMED_CODES & known_codes()


@pytest.mark.parametrize(
    "column", [*RENTAL_PRICE.columns, RENTAL_PRICE.target], ids=lambda column: column.name
)
def test_every_field_is_documented_with_unit_and_bounds(column: Column) -> None:
    assert field_row(column) in read("docs/products/rental.md").splitlines()


@pytest.mark.parametrize(
    "column", [*INTERACTION.columns, *BUYER_PROFILE.columns], ids=lambda column: column.name
)
def test_every_field_of_a_buyer_is_documented_with_unit_and_bounds(column: Column) -> None:
    assert field_row(column) in read("docs/products/segments.md").splitlines()


@pytest.mark.parametrize(
    "column", [c for c in RENTAL_PRICE.columns if isinstance(c, ListColumn)], ids=lambda c: c.name
)
def test_every_further_spelling_is_documented(column: ListColumn) -> None:
    row = f"| `{column.name}` | {', '.join(f'{written} → {word}' for written, word in column.spellings.items())} |"
    assert row in read("docs/products/rental.md").splitlines()


@pytest.mark.parametrize("code", USED_CARS)
def test_every_field_of_a_used_car_is_documented(code: str) -> None:
    page = read("docs/products/used-cars.md").splitlines()
    columns = {column.name: column for each in (USED_CARS, DEALS, OUTLOOKS) for column in each[code].columns}
    assert [name for name, column in columns.items() if used_row(column) not in page] == []


def test_the_request_in_the_readme_is_the_example_of_the_contract() -> None:
    (name,) = re.findall(r"-d @(\S+)", read("README.md"))
    body = json.loads(read(name))
    assert body == RENTAL_PRICE.example()
    assert RENTAL_PRICE.check_row(body)[1] == ()


@pytest.mark.parametrize(
    ("name", "contract"),
    [
        ("rental-price", RENTAL_PRICE),
        ("used-car-deal", DEALS["uk"]),
        ("trip-duration", TRIP_DURATION),
    ],
)
def test_an_example_file_passes_its_contract_without_a_warning(name: str, contract: Contract) -> None:
    assert contract.check_row(json.loads(read(f"examples/{name}.json")))[1] == ()


def test_the_example_of_interactions_passes_its_contract_without_a_warning() -> None:
    rows = json.loads(read("examples/buyer-interactions.json"))["interactions"]
    assert [INTERACTION.check_row(row)[1] for row in rows] == [()] * len(rows)


@each_page
def test_example_files_that_are_mentioned_exist(page: Path) -> None:
    assert [name for name in re.findall(r"@(examples/\S+)", code(page)) if not (ROOT / name).is_file()] == []


def test_the_answer_in_the_readme_has_the_shape_of_an_answer() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", read("README.md"), re.DOTALL)
    answer = json.loads(block)
    assert list(answer) == list(PRICE_EXAMPLE)
    assert answer["range"]["low"] <= answer["price_per_day"] <= answer["range"]["high"]
    assert all(list(reason) == ["field", "value", "effect"] for reason in answer["reasons"])
    assert all(list(car) == [*RENTAL_PRICE.names, "price_per_day"] for car in answer["comparables"])


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_number_its_headings_and_a_place_in_the_list(page: Path) -> None:
    number = DECISIONS.index(page) + 1
    title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix(f"# {number}. ")
    assert page.name.startswith(f"{number:04d}-")
    assert re.findall(r"^## (.+)$", prose(page), re.MULTILINE) == HEADINGS
    assert f"{number}. [{title}]({page.name})" in read("docs/decisions/README.md").splitlines()


def field_row(column: Column) -> str:
    """The line of the page's table for a column; paste it there when the contract changes."""
    match column:
        case NumberColumn():
            kind = f"{'whole ' if column.whole else ''}number, {column.unit}"
            accepted = f"{column.low:,.10g} to {column.high:,.10g}"
            usual = f"{column.usual_low:,.10g} to {column.usual_high:,.10g}"
        case ListColumn(is_open=True):
            kind, accepted, usual = (
                "text, open list",
                f"1 to {LONGEST_TEXT} characters",
                ", ".join(column.values),
            )
        case ListColumn():
            kind, accepted, usual = "text, closed list", ", ".join(column.values), "all of them"
        case FlagColumn():
            kind, accepted, usual = "boolean", "true, false", "both"
    return f"| `{column.name}` | {column.description} | {kind} | {accepted} | {usual} |"


def used_row(column: Column) -> str:
    """The line of the used-car page for a column; the hundreds of makes and models stand in the code."""
    match column:
        case NumberColumn():
            kind = f"{'whole ' if column.whole else ''}number, {column.unit}"
            accepted = (
                column.range_detail().partition(" between ")[2].removesuffix(".").replace(" and ", " to ")
            )
        case ListColumn():
            kind = f"text, {'open' if column.is_open else 'closed'} list"
            accepted = f"1 to {LONGEST_TEXT} characters" if column.is_open else ", ".join(column.values)
        case _:
            raise AssertionError(f"{column.name} has a kind that the page does not show")
    return f"| `{column.name}` | {column.description} | {kind} | {accepted} | {'yes' if is_optional(column) else 'no'} |"


@cache
def commands() -> dict[str, set[str]]:
    """The options of every command, by its words after ``drivetrain``."""
    waiting: list[tuple[str, Any]] = list(command_line().commands.items())
    found = {}
    while waiting:
        name, command = waiting.pop()
        if hasattr(command, "commands"):
            waiting += [(f"{name} {inner}", leaf) for inner, leaf in command.commands.items()]
        else:
            found[name] = {option for parameter in command.params for option in parameter.opts}
    return found


@cache
def known_codes() -> set[str]:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    return set(re.findall(r'"([a-z]+\.[a-z_]+)"', source)) | codes_of(RENTAL_PRICE)


def codes_of(contract: Contract) -> set[str]:
    """The codes that a contract makes from its fields' names, found by sending it nonsense."""
    codes = set()
    for column in contract.columns:
        found = [column.check(value, contract.domain) for value in (None, -1, 1.5, 1e9, "?!", "\0")]
        codes |= {error.code for error in found if isinstance(error, FieldError)}
        if not isinstance(column, FlagColumn):
            codes.add(column.unusual(contract.domain).code)
    return codes
