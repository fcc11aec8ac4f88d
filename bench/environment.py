"""What `make up` puts on disk, byte code included, by distribution; whatever else is installed beside it is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import cache_from_source
from pathlib import Path

from bench.report import Figure, at_most, shown

MOST_MB = 1000
SHOWN = 25
_INSTALLERS = ("uv", "setuptools")
_BLOCK, _MB = 512, 1_000_000


def measure() -> list[Figure]:
    """Add up the files of what serving needs."""
    sizes = {name: _size(each) / _MB for name, each in _serving().items()}
    largest = sorted(sizes.items(), key=lambda size: -size[1])
    rest = sum(size for _, size in largest[SHOWN:])
    return [
        at_most(
            f"environment of `make up`, {len(sizes)} distributions", [sum(sizes.values())], MOST_MB, "MB"
        ),
        *[shown(f"  {name}", [size], "MB") for name, size in largest[:SHOWN]],
        shown(f"  the other {len(largest) - SHOWN}", [rest], "MB"),
    ]


def _serving() -> dict[str, Distribution]:
    """The distributions that drivetrain needs without its extras, and the installers."""
    needed: dict[str, Distribution] = {}
    waiting = ["drivetrain", *_INSTALLERS]
    while waiting:
        name = waiting.pop()
        if _key(name) in needed:
            continue
        try:
            needed[_key(name)] = distribution(name)
        except PackageNotFoundError:  # for another platform or Python
            continue
        waiting += [*_requirements(needed[_key(name)])]
    return needed


def _requirements(of: Distribution) -> Iterator[str]:
    """Names of what a distribution requires; extras that a requirement asks for are looked up by the markers."""
    from packaging.requirements import Requirement

    for text in of.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name
            for extra in requirement.extras:
                yield from _of_extra(requirement.name, extra)


def _of_extra(name: str, extra: str) -> Iterator[str]:
    from packaging.requirements import Requirement

    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        if requirement.marker is not None and requirement.marker.evaluate({"extra": extra}):
            yield requirement.name


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _size(of: Distribution) -> int:
    """Bytes on disk of its files, with their byte code."""
    files = [Path(str(of.locate_file(file))) for file in of.files or ()]
    code = [Path(cache_from_source(str(file))) for file in files if file.suffix == ".py"]
    return _size_of({*files, *code})


def _size_of(files: Iterable[Path]) -> int:
    return sum(path.stat().st_blocks * _BLOCK for path in files if path.exists())
