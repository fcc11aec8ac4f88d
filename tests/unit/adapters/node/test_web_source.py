"""What is source of the web app, and what tools have left there."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivetrain.adapters.node.web_source import copy_source, source_files, stamp_of


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    for name in (
        "package.json",
        ".npmrc",
        "app/main.ts",
        "api/schema.d.ts",
        "node_modules/vue/index.js",
        "dist/index.html",
        "languages/generated/en.json",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in source_files(folder))


def test_what_tools_leave_is_no_source(source: Path) -> None:
    assert names(source) == [".npmrc", "app/main.ts", "package.json"]


def test_the_stamp_follows_names_and_contents_of_the_source_alone(source: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("node 1")
    first = stamp_of(source, lock)
    (source / "dist" / "index.html").write_text("built again")
    (source / "app" / "main.ts").touch()
    assert stamp_of(source, lock) == first
    lock.write_text("node 2")
    second = stamp_of(source, lock)
    (source / "app" / "main.ts").write_text("edited")
    third = stamp_of(source, lock)
    (source / "app" / "main.ts").rename(source / "app" / "entry.ts")
    assert len({first, second, third, stamp_of(source, lock)}) == 4


def test_a_copy_holds_exactly_the_source_and_keeps_what_was_installed(source: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy_source(source, copy)
    (copy / "node_modules").mkdir()
    (copy / "node_modules" / "kept.js").touch()
    (source / "app" / "main.ts").unlink()
    (source / "app" / "entry.ts").write_text("new")
    copy_source(source, copy)
    assert names(copy) == [".npmrc", "app/entry.ts", "package.json"]
    assert (copy / "node_modules" / "kept.js").exists()
