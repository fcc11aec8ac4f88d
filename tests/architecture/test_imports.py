"""Who may import whom, what a serving process must not load, and what nobody may use."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "drivetrain"
MODULES = sorted(SOURCE.rglob("*.py"))

HEAVY = {"mlflow", "feast", "prefect", "ray", "pandas", "sklearn", "lightgbm", "polars"}
"""A worker without these is small and starts in a second."""

EXTRAS = {"authlib", "joserfc", "confluent_kafka"}
"""Of an identity provider, loaded by a worker that has one set up, and by no other; of Kafka, loaded by the process that
reads it."""

UNSAFE = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
"""Reading such a file runs it."""


def imported(path: Path) -> set[str]:
    """The top-level names that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_the_import_rules_are_kept():
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    assert " 0 broken" in checked.stdout


@pytest.mark.parametrize(
    "module",
    [
        "drivetrain.bootstrap.serving",
        "drivetrain.products",
        "drivetrain.accounts.sessions.adapters.provider_http",
    ],
)
def test_a_serving_process_loads_nothing_heavy(module):
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "drivetrain" in loaded
    assert not (HEAVY | EXTRAS) & set(loaded)


def test_a_matcher_is_small_before_somebody_waits():
    program = (
        "import sys, drivetrain.entrypoints.process, drivetrain.dispatch.matching.adapters.background, "
        "drivetrain.dispatch.matching.adapters.batch_loop; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"drivetrain", "numpy"} <= set(loaded)
    assert not (HEAVY | EXTRAS | {"scipy", "pyarrow", "httpx", "uvicorn"}) & set(loaded)


def test_the_supervisor_holds_only_what_watching_needs():
    """It stays for weeks; what sets a home up is imported by a process that ends."""
    program = (
        "import sys, drivetrain.entrypoints.cli.up; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"drivetrain", "psycopg"} <= set(loaded)
    assert not (HEAVY | {"sqlalchemy", "alembic", "numpy", "fastapi", "rich", "typer", "httpx"}) & set(loaded)


def test_the_command_line_loads_nothing_heavy_before_a_command_needs_it():
    program = (
        "import sys, drivetrain.entrypoints.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not HEAVY & set(loaded)


def test_no_module_reads_or_writes_pickles():
    assert [path for path in MODULES if UNSAFE & imported(path)] == []
    assert [path for path in MODULES if "allow_pickle=True" in path.read_text(encoding="utf-8")] == []


def test_the_search_for_pickles_would_find_one(tmp_path):
    module = tmp_path / "module.py"
    module.write_text("def load():\n    from joblib.numpy_pickle import load\n    import os, pickle as p\n")
    assert imported(module) == {"joblib", "os", "pickle"}


def test_only_one_module_imports_the_feature_store_and_not_before_a_command_needs_it():
    users = [path for path in MODULES if "feast" in imported(path)]
    assert [path.relative_to(SOURCE).as_posix() for path in users] == [
        "dispatch/features/adapters/feast_store.py"
    ]
    at_once = ast.Module(
        [
            node
            for node in ast.parse(users[0].read_text(encoding="utf-8")).body
            if not isinstance(node, ast.FunctionDef)
        ],
        [],
    )
    assert "feast" not in ast.unparse(at_once).split()


def historical_reads(path: Path) -> list[bool]:
    """For each use of Feast's historical join: whether it is called by knowledge time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    uses = [
        node
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == "get_historical_features")
        or (isinstance(node, ast.Constant) and node.value == "get_historical_features")
    ]
    calls = {id(node.func): node.keywords for node in ast.walk(tree) if isinstance(node, ast.Call)}
    by_knowledge_time = ("filter_by_created_timestamp", "True")
    return [
        by_knowledge_time in [(word.arg, ast.unparse(word.value)) for word in calls.get(id(use), [])]
        for use in uses
    ]


def test_the_feature_store_is_asked_for_the_past_by_knowledge_time_alone():
    """Feast joins by when a value happened unless it is told otherwise, and so gives what nobody knew then."""
    reads = {
        path.relative_to(ROOT).as_posix(): found
        for path in [*MODULES, *sorted((ROOT / "bench").rglob("*.py"))]
        if (found := historical_reads(path))
    }
    assert reads == {"src/drivetrain/dispatch/features/adapters/feast_store.py": [True]}


@pytest.mark.parametrize(
    "program",
    [
        "store.get_historical_features(entity_df=rows, features=service)",
        "store.get_historical_features(rows, service, filter_by_created_timestamp=False)",
        "store.get_historical_features(rows, service, filter_by_created_timestamp=known)",
        "join = store.get_historical_features",
        "getattr(store, 'get_historical_features')(rows)",
    ],
)
def test_the_search_for_leaky_joins_would_find_one(program, tmp_path):
    module = tmp_path / "module.py"
    module.write_text(program)
    assert historical_reads(module) == [False]
