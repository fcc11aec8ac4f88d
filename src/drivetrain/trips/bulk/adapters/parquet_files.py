"""Folders of Parquet files, read and written row group by row group in bounded memory.

Every output file appears by a rename after it is whole and on disk, under a name that the plan gives. So a
reader never sees half a file, and a fragment that is scored twice, even by two at once, is still one file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivetrain.adapters.disk.errors import keeping
from drivetrain.core.errors import (
    MAX_FIELD_ERRORS,
    ConflictError,
    ContractError,
    DrivetrainError,
    FieldError,
    InvalidInputError,
    UnreadableInputError,
)
from drivetrain.core.files import UNFINISHED, appearing
from drivetrain.trips.bulk.adapters.folder_claim import claimed
from drivetrain.trips.bulk.adapters.parquet_rides import as_batch, as_table, with_added, wrong_columns
from drivetrain.trips.bulk.application.ports import Figures, RideBatch, Sources
from drivetrain.trips.bulk.domain.bulk import SUFFIX, Fragment, OutputFile, OutputStamp, RowGroup, SourceFile

if TYPE_CHECKING:
    from pyarrow import parquet

SUMMARY = "_scored.json"
_STAMP = b"drivetrain.scored"
_MAGIC = b"PAR1"
_READ_AHEAD_BYTES = 1 << 20
"""Per column. Without it pyarrow reads whole column chunks, and memory grows with the row groups of the
table."""


class ParquetFolders:
    """The port ``RideFolders`` on two folders.

    Args:
        source: a folder, searched with its subfolders, or one file. Names that begin with ``.`` or ``_`` are
            left out, as other readers of Parquet folders do.
        target: made if it is not there.

    Raises:
        InvalidInputError: there is no such source, or one of the two contains the other.
    """

    def __init__(self, source: Path, target: Path) -> None:
        source, self.target = source.resolve(), target.resolve()
        if not source.exists():
            raise InvalidInputError(f"There is no file or folder {source}.", code="input.no_file")
        if self.target.exists() and not self.target.is_dir():
            raise InvalidInputError(
                f"{self.target} is no folder; the output needs one.", code="output.no_folder"
            )
        if source == self.target or source in self.target.parents or self.target in source.parents:
            raise InvalidInputError(
                "Input and output must not lie inside each other.", code="output.inside_input"
            )
        self._only = source if source.is_file() else None
        self.root = source.parent if source.is_file() else source

    def sources(self) -> Sources:
        """The input files, checked as far as their footers tell."""
        files: list[SourceFile] = []
        damaged: dict[str, str] = {}
        wrong: list[FieldError] = []
        for path in self._paths():
            name = path.relative_to(self.root).as_posix()
            try:
                with _opened(path, name) as file:
                    wrong += wrong_columns(name, file)
                    files.append(_source_file(path, name, file))
            except UnreadableInputError as error:
                damaged[name] = error.detail
        if wrong:
            raise ContractError(wrong[:MAX_FIELD_ERRORS], count=len(wrong))
        if not files and not damaged:
            raise InvalidInputError(f"There is no {SUFFIX} file in {self.root}.", code="input.no_file")
        return Sources(tuple(files), damaged)

    def claimed(self) -> AbstractContextManager[None]:
        """Keep other runs out of the output folder."""
        return claimed(self.target)

    def written(self) -> Mapping[str, OutputFile]:
        """Every Parquet file of the output folder."""
        with keeping(self.target):
            return {
                path.relative_to(self.target).as_posix(): _written(path)
                for path in _walked(self.target, SUFFIX)
            }

    def clear(self) -> None:
        """Remove what stopped runs left unfinished, and the summary."""
        with keeping(self.target):
            (self.target / SUMMARY).unlink(missing_ok=True)
            for path in _walked(self.target, UNFINISHED, hidden=True):
                path.unlink(missing_ok=True)

    def write_summary(self, summary: Mapping[str, object]) -> None:
        """Write ``_scored.json``."""
        with _appearing(self.target / SUMMARY) as unfinished, keeping(self.target):
            text = json.dumps(summary, indent=1, ensure_ascii=True) + "\n"
            unfinished.write_text(text, encoding="ascii")

    def _paths(self) -> list[Path]:
        return [self._only] if self._only is not None else list(_walked(self.root, SUFFIX))


class ParquetTables:
    """The port ``FragmentTables`` on two folders."""

    def __init__(self, root: Path, target: Path) -> None:
        self._root = root
        self._target = target

    def batches(self, fragment: Fragment) -> Iterator[RideBatch]:
        """The rows of a fragment. A huge row group is read in pieces as well."""
        groups = list(range(fragment.first_group, fragment.end_group))
        with self._planned(fragment) as file:
            pieces = file.iter_batches(batch_size=fragment.batch_rows, row_groups=groups, use_threads=False)
            while (rows := _next(pieces, fragment.source)) is not None:
                yield as_batch(rows, fragment.source)

    @contextmanager
    def writing(self, fragment: Fragment, model_version: str) -> Iterator[ParquetFragmentWriter]:
        """Write the output of a fragment."""
        with self._planned(fragment) as file:
            schema = with_added(file.schema_arrow)
        with _appearing(self._target / fragment.output) as unfinished:
            writer = ParquetFragmentWriter(unfinished, schema, model_version)
            try:
                yield writer
            except BaseException:
                writer.discard()
                raise
            writer.close()

    def unfinished(self, fragment: Fragment) -> int:
        """How often the output was begun in this run and not ended: its writer was killed, or is at it now."""
        output = self._target / fragment.output
        return sum(path.name.startswith(f".{output.name}.") for path in output.parent.glob(f".*{UNFINISHED}"))

    @contextmanager
    def _planned(self, fragment: Fragment) -> Iterator[parquet.ParquetFile]:
        """The file of a fragment, proved to be the one that was planned with."""
        path = self._root / fragment.source
        with _opened(path, fragment.source) as file:
            current = _source_file(path, fragment.source, file)
            if (current.size_bytes, current.footer_sha256) != (fragment.size_bytes, fragment.footer_sha256):
                raise ConflictError(
                    f"{fragment.source} has changed since the run began.", code="trips.input_changed"
                )
            yield file


class ParquetFragmentWriter:
    """The port ``FragmentWriter`` on one file; every batch is a row group of it."""

    def __init__(self, path: Path, schema: Any, model_version: str) -> None:
        from pyarrow import parquet

        self._folder = path.parent
        self._schema = schema
        self._model_version = model_version
        with keeping(self._folder):
            self._writer = parquet.ParquetWriter(path, schema)

    def append(self, batch: RideBatch, figures: Figures) -> None:
        """Add rows."""
        table = as_table(batch, figures, self._model_version, self._schema)
        with keeping(self._folder):
            self._writer.write_table(table, row_group_size=max(1, table.num_rows))

    def seal(self, stamp: OutputStamp) -> None:
        """Write the stamp into the footer."""
        self._writer.add_key_value_metadata({_STAMP: stamp.as_text()})

    def close(self) -> None:
        """Write the footer."""
        with keeping(self._folder):
            self._writer.close()

    def discard(self) -> None:
        """Let go of a file that nobody will see."""
        with suppress(OSError):
            self._writer.close()


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A path to write to; what is written there appears under its own name if the block ends well."""
    with keeping(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with appearing(path) as unfinished:
            yield unfinished


def _walked(folder: Path, ending: str, *, hidden: bool = False) -> Iterator[Path]:
    """Files by the end of their name, in order; without the folders and files that other readers leave out."""
    left_out = () if hidden else (".", "_")
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        yield from (
            Path(parent, name)
            for name in sorted(names)
            if name.endswith(ending) and not name.startswith(left_out)
        )


@contextmanager
def _opened(path: Path, name: str) -> Iterator[parquet.ParquetFile]:
    """A Parquet file, opened for reading by pieces.

    Raises:
        UnreadableInputError: it is damaged, gone, or no Parquet file.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(
            path, buffer_size=_READ_AHEAD_BYTES, pre_buffer=False, page_checksum_verification=True
        )
    except (OSError, pa.ArrowException) as error:
        raise _damaged(name, error) from error
    try:
        yield file
    finally:
        file.close()


def _next(pieces: Iterator[Any], name: str) -> Any | None:
    import pyarrow as pa

    try:
        return next(pieces, None)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> DrivetrainError:
    reason = (str(error).splitlines() or ["no reason given"])[0].rstrip(".")
    return UnreadableInputError(f"{name} is damaged or no Parquet file: {reason}.", code="trips.damaged_file")


def _source_file(path: Path, name: str, file: parquet.ParquetFile) -> SourceFile:
    groups = (file.metadata.row_group(index) for index in range(file.metadata.num_row_groups))
    rows = tuple(RowGroup(group.num_rows, group.total_byte_size) for group in groups)
    try:
        return SourceFile(name, path.stat().st_size, hashlib.sha256(_footer(path)).hexdigest(), rows)
    except OSError as error:
        raise _damaged(name, error) from error


def _footer(path: Path) -> bytes:
    """The footer: at the end of the file, before its length in four bytes and the magic number.

    Source:
        Apache Parquet format 2, "File format".
    """
    with path.open("rb") as file:
        file.seek(-8, os.SEEK_END)
        length, magic = int.from_bytes(file.read(4), "little"), file.read(4)
        if magic != _MAGIC:
            raise OSError("it is encrypted or cut short")
        file.seek(-8 - length, os.SEEK_END)
        return file.read(length)


def _written(path: Path) -> OutputFile:
    try:
        with _opened(path, path.name) as file:
            stamp = (file.metadata.metadata or {}).get(_STAMP)
            return OutputFile(file.metadata.num_rows, None if stamp is None else OutputStamp.from_text(stamp))
    except UnreadableInputError:
        return OutputFile(-1, None)
