"""The text that Prometheus scrapes, of all processes that share a folder of mapped files.

The metrics library reads these files too, in a tenth of a second for the series of all routes; here the names of series
are parsed once for many scrapes. What is written is compared with what the library writes by a test.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.utils import floatToGoString

_MOST_NAMES = 1 << 15
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Series:
    """One series as a file names it.

    Attributes:
        labels: in order of their names, without the bound of a bucket.
        bound: upper bound of a bucket; None for other series.
    """

    family: str
    name: str
    help: str
    labels: Labels
    bound: float | None


@dataclass(slots=True)
class _Family:
    """The samples of one metric, put together over the processes as its mode says.

    Attributes:
        kind: ``counter``, ``histogram`` or ``gauge``.
        values: by name and labels.
        buckets: counts by labels and upper bound, not cumulated.
        set_at: when the latest process set a gauge.
    """

    kind: str
    help: str
    values: dict[tuple[str, Labels], float] = field(default_factory=dict)
    buckets: dict[Labels, dict[float, float]] = field(default_factory=dict)
    set_at: dict[tuple[str, Labels], float] = field(default_factory=dict)

    def add(self, series: _Series, value: float, set_at: float, mode: str) -> None:
        """Take what one process counted, or set.

        Args:
            mode: of a gauge.
        """
        key = series.name, series.labels
        if series.bound is not None:
            counts = self.buckets.setdefault(series.labels, {})
            counts[series.bound] = counts.get(series.bound, 0.0) + value
        elif mode == "livemax":
            self.values[key] = max(self.values.get(key, value), value)
        elif mode != "mostrecent":
            self.values[key] = self.values.get(key, 0.0) + value
        elif set_at > self.set_at.get(key, 0.0):
            self.values[key], self.set_at[key] = value, set_at

    def lines(self, name: str) -> Iterator[str]:
        """The family in Prometheus' text format."""
        shown = f"{name}_total" if self.kind == "counter" else name
        yield f"# HELP {shown} {self.help}\n# TYPE {shown} {self.kind}\n"
        for (series, labels), value in self.values.items():
            yield f"{series}{_braces(labels)} {_number(value)}\n"
        for labels, counts in self.buckets.items():
            bounds = sorted(counts)
            total = 0.0
            for bound, total in zip(bounds, accumulate(counts[bound] for bound in bounds), strict=True):
                yield f"{name}_bucket{_braces(labels, bound)} {_number(total)}\n"
            yield f"{name}_count{_braces(labels)} {_number(total)}\n"


def merged_exposition(folder: Path) -> bytes:
    """What all processes counted, as text.

    Args:
        folder: with the mapped files; of gauges the modes ``livesum``, ``livemax`` and ``mostrecent`` are known.
    """
    families: dict[str, _Family] = {}
    for file in sorted(folder.glob("*.db")):
        kind, mode, *_ = file.name.split("_")
        for series, value, set_at in _samples(file):
            family = families.get(series.family)
            if family is None:
                family = families[series.family] = _Family(kind, _escaped_help(series.help))
            family.add(series, value, set_at, mode if kind == "gauge" else "")
    return "".join(line for name, family in families.items() for line in family.lines(name)).encode()


def _samples(file: Path) -> Iterator[tuple[_Series, float, float]]:
    with suppress(FileNotFoundError):  # its process has ended a moment ago
        for key, value, set_at, _ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]
            yield _series(key), value, set_at


@lru_cache(maxsize=_MOST_NAMES)
def _series(key: str) -> _Series:
    family, name, labels, help_text = json.loads(key)
    names: Mapping[str, str] = labels
    bound = names.get("le")
    others = tuple(sorted((label, text) for label, text in names.items() if label != "le"))
    return _Series(family, name, help_text, others, None if bound is None else float(bound))


@lru_cache(maxsize=_MOST_NAMES)
def _braces(labels: Labels, bound: float | None = None) -> str:
    """The labels as they stand behind a name, in order of their names."""
    named = dict(labels) if bound is None else {**dict(labels), "le": _number(bound)}
    pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in sorted(named.items()))
    return f"{{{pairs}}}" if pairs else ""


def _number(value: float) -> str:
    text: str = floatToGoString(value)  # type: ignore[no-untyped-call]
    return text


def _escaped(text: str) -> str:
    return _escaped_help(text).replace('"', r"\"")


def _escaped_help(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")
