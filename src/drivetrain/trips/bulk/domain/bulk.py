"""The plan of a bulk run: which part of which file becomes which output, and what an output says of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import PurePosixPath

from drivetrain.core.errors import ConflictError, InvalidInputError

SUFFIX = ".parquet"
FRAGMENT_ROWS = 262_144
"""Row groups are joined until they hold this many rows: what a stopped run does again, and what one task of a
cluster does."""

BATCH_ROWS = 65_536
BATCH_BYTES = 32 << 20
"""A batch is read, scored and written in one pass. Wide rows make it shorter, so that memory stays
bounded."""

_SHORTEST_BATCH_ROWS = 1_024


@dataclass(frozen=True, slots=True)
class ModelStamp:
    """Which model made a figure.

    Attributes:
        sha256: of the model's files; two installations may both have a version 3.
    """

    model: str
    model_version: str
    model_sha256: str


@dataclass(frozen=True, slots=True)
class RowGroup:
    """One row group of a Parquet file, as its footer tells.

    Attributes:
        size_bytes: of its columns, not compressed.
    """

    rows: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One input file.

    Attributes:
        path: relative to the input folder, POSIX.
        footer_sha256: of the Parquet footer, which has place, size and statistics of every column chunk.
    """

    path: str
    size_bytes: int
    footer_sha256: str
    row_groups: tuple[RowGroup, ...]

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return sum(group.rows for group in self.row_groups)


@dataclass(frozen=True, slots=True)
class Fragment:
    """Consecutive row groups of one file: they become exactly one output file.

    Attributes:
        first_group, end_group: row groups ``first_group`` to ``end_group - 1``; both 0 for a file without
            any.
        batch_rows: rows per batch; part of the plan, so that the same fragment makes the same file
            everywhere.
    """

    source: str
    size_bytes: int
    footer_sha256: str
    first_group: int
    end_group: int
    rows: int
    batch_rows: int

    @property
    def output(self) -> str:
        """Path of the output, relative to the output folder: the same whoever makes it, and in the order of the rows."""
        stem = self.source.removesuffix(SUFFIX)
        return f"{stem}.{self.first_group:05d}-{self.end_group:05d}{SUFFIX}"


@dataclass(frozen=True, slots=True)
class OutputStamp:
    """What an output file says of itself in its footer.

    Nothing in it depends on when or where the file was made.

    Attributes:
        rows: rows that went in, and came out.
        unknown_areas: rows with a place outside the city, or unknown; their answer is coarser.
        unanswered: rows without a start that exists; their figures are null.
    """

    source: str
    size_bytes: int
    footer_sha256: str
    first_group: int
    end_group: int
    rows: int
    model: str
    model_version: str
    model_sha256: str
    unknown_areas: int
    unanswered: int

    @classmethod
    def of(cls, fragment: Fragment, model: ModelStamp, *, unknown_areas: int, unanswered: int) -> OutputStamp:
        """The stamp of a fragment that a model has scored."""
        made_of = asdict(fragment)
        del made_of["batch_rows"]
        return cls(**made_of, **asdict(model), unknown_areas=unknown_areas, unanswered=unanswered)

    @classmethod
    def from_text(cls, text: bytes) -> OutputStamp | None:
        """The stamp as it was written; None when the text is none."""
        try:
            plain = json.loads(text)
            stamp = cls(**plain)
        except (ValueError, TypeError):
            return None
        kinds = {field.name: str if field.type == "str" else int for field in fields(cls)}
        return stamp if all(type(plain[name]) is kind for name, kind in kinds.items()) else None

    def as_text(self) -> bytes:
        """The stamp as it stands in the footer."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @property
    def by(self) -> ModelStamp:
        """The model that made the figures."""
        return ModelStamp(self.model, self.model_version, self.model_sha256)

    def is_of(self, fragment: Fragment) -> bool:
        """True when the output was made of this fragment."""
        return (
            self.source,
            self.size_bytes,
            self.footer_sha256,
            self.first_group,
            self.end_group,
            self.rows,
        ) == (
            fragment.source,
            fragment.size_bytes,
            fragment.footer_sha256,
            fragment.first_group,
            fragment.end_group,
            fragment.rows,
        )


@dataclass(frozen=True, slots=True)
class OutputFile:
    """An output file that is there.

    Attributes:
        rows: as its footer counts them; -1 when it cannot be read.
        stamp: None when it was not made by a bulk run, or cannot be read.
    """

    rows: int
    stamp: OutputStamp | None

    @property
    def is_damaged(self) -> bool:
        """True when the file cannot be read."""
        return self.rows < 0


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is."""

    done: Mapping[str, OutputStamp]
    pending: tuple[Fragment, ...]


def plan(files: Sequence[SourceFile]) -> tuple[Fragment, ...]:
    """Every row group of every file in exactly one fragment, in the order of paths and rows.

    Raises:
        InvalidInputError: two fragments would have the same output.
    """
    ordered = sorted(files, key=lambda file: PurePosixPath(file.path).parts)
    fragments = tuple(fragment for file in ordered for fragment in _fragments(file))
    if len({fragment.output for fragment in fragments}) < len(fragments):
        raise InvalidInputError("Two input files have the same name.", code="trips.same_name")
    return fragments


def progress_of(
    fragments: Sequence[Fragment], outputs: Mapping[str, OutputFile], model: ModelStamp
) -> RunProgress:
    """What of the plan is there already, and what is still to do. A damaged output is made again.

    Args:
        outputs: every Parquet file of the output folder, by relative path.

    Raises:
        ConflictError: the folder holds files of something else; figures of two runs must not be mixed.
    """
    stamps = {}
    expected = {fragment.output: fragment for fragment in fragments}
    for output, file in sorted(outputs.items()):
        if output in expected and file.is_damaged:
            continue
        stamps[output] = _belonging(output, file, expected.get(output), model)
    return RunProgress(stamps, tuple(fragment for fragment in fragments if fragment.output not in stamps))


def _belonging(output: str, file: OutputFile, fragment: Fragment | None, model: ModelStamp) -> OutputStamp:
    advice = "Choose an empty folder, or take that file away."
    if file.stamp is None:
        raise ConflictError(
            f"{output} in the output folder was not made by this command. {advice}", code="trips.stray_output"
        )
    if file.stamp.by != model:
        raise ConflictError(
            f"{output} in the output folder is of {file.stamp.model} version {file.stamp.model_version}, "
            f"this run is of {model.model} version {model.model_version}. {advice}",
            code="trips.other_version",
        )
    if fragment is None or not file.stamp.is_of(fragment) or file.rows != fragment.rows:
        raise ConflictError(
            f"{output} in the output folder was made from different input. {advice}",
            code="trips.other_input",
        )
    return file.stamp


def _fragments(file: SourceFile) -> Iterator[Fragment]:
    first, rows = 0, 0
    for index, group in enumerate(file.row_groups, start=1):
        rows += group.rows
        if rows >= FRAGMENT_ROWS or index == len(file.row_groups):
            yield _fragment(file, first, index, rows)
            first, rows = index, 0
    if not file.row_groups:
        yield _fragment(file, 0, 0, 0)


def _fragment(file: SourceFile, first: int, end: int, rows: int) -> Fragment:
    size_bytes = sum(group.size_bytes for group in file.row_groups[first:end])
    batch_rows = BATCH_BYTES * rows // max(size_bytes, 1)
    bounded = max(_SHORTEST_BATCH_ROWS, min(BATCH_ROWS, batch_rows))
    return Fragment(file.path, file.size_bytes, file.footer_sha256, first, end, rows, bounded)


def summary_of(
    files: Sequence[SourceFile], stamps: Mapping[str, OutputStamp], model: ModelStamp
) -> dict[str, object]:
    """What became of every file, as plain JSON values: the same for the same input and model, whoever ran it.

    Raises:
        ConflictError: a file came out with another number of rows than went in.
    """
    by_source: dict[str, list[tuple[str, OutputStamp]]] = {file.path: [] for file in files}
    for output, stamp in sorted(stamps.items()):
        by_source[stamp.source].append((output, stamp))
    for file in files:
        if sum(stamp.rows for _, stamp in by_source[file.path]) != file.rows:
            raise ConflictError(f"Not every row of {file.path} came out once.", code="trips.rows_differ")
    return {
        "model": {"name": model.model, "version": model.model_version, "sha256": model.model_sha256},
        "input_sha256": _digest(files),
        "rows": sum(file.rows for file in files),
        "unknown_areas": sum(stamp.unknown_areas for stamp in stamps.values()),
        "unanswered": sum(stamp.unanswered for stamp in stamps.values()),
        "files": [
            {
                "path": file.path,
                "size_bytes": file.size_bytes,
                "footer_sha256": file.footer_sha256,
                "rows": file.rows,
                "outputs": [
                    {
                        "path": output,
                        "rows": stamp.rows,
                        "unknown_areas": stamp.unknown_areas,
                        "unanswered": stamp.unanswered,
                    }
                    for output, stamp in by_source[file.path]
                ],
            }
            for file in sorted(files, key=lambda file: file.path)
        ],
    }


def _digest(files: Sequence[SourceFile]) -> str:
    lines = [
        f"{file.path}\0{file.size_bytes}\0{file.footer_sha256}\n"
        for file in sorted(files, key=lambda file: file.path)
    ]
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
