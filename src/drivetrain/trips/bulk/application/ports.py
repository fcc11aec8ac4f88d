"""What scoring a folder of files needs from elsewhere, in our words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.bulk.domain.bulk import Fragment, ModelStamp, OutputFile, OutputStamp, SourceFile
from drivetrain.trips.duration.application.ports import RideModel
from drivetrain.trips.rides.domain.rides import Rides

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class PackedModel:
    """A version as it travels to whoever scores: its verified files, and how they are loaded."""

    ref: ModelRef
    files: Files
    load: Callable[[Files, ModelRef], RideModel]

    @cached_property
    def stamp(self) -> ModelStamp:
        """Name, version and digest of the files."""
        digests = "".join(
            f"{name} {hashlib.sha256(self.files[name]).hexdigest()}\n" for name in sorted(self.files)
        )
        return ModelStamp(self.ref.name, self.ref.version, hashlib.sha256(digests.encode()).hexdigest())

    def opened(self) -> RideModel:
        """The model, ready to estimate."""
        return self.load(self.files, self.ref)


@dataclass(frozen=True, slots=True)
class RideBatch:
    """Rows of a fragment, in their order.

    Attributes:
        rides: what the model sees of them; a start that is none is replaced, see ``is_answerable``.
        is_answerable: shape (n_rides,); False where the start is missing or does not exist.
        unknown_areas: rows with a place outside the city, or unknown.
        rows: the rows as they came, for the writer only.
    """

    rides: Rides
    is_answerable: NDArray[np.bool_]
    unknown_areas: int
    rows: Any


@dataclass(frozen=True, slots=True)
class Figures:
    """What is added to the rows of a batch, minutes; NaN where a row cannot be answered.

    Each of shape (n_rides,).
    """

    duration_min: FloatArray
    low: FloatArray
    high: FloatArray


class FragmentWriter(Protocol):
    """Takes the rows of one output file."""

    def append(self, batch: RideBatch, figures: Figures) -> None:
        """Add rows, in order."""
        ...

    def seal(self, stamp: OutputStamp) -> None:
        """Say of the file what it is; the last call."""
        ...


class FragmentTables(Protocol):
    """Reads fragments and writes their outputs."""

    def batches(self, fragment: Fragment) -> Iterator[RideBatch]:
        """The rows of a fragment.

        Raises:
            UnreadableInputError: the file is damaged or gone.
            InvalidInputError: a column holds what it must not.
            ConflictError: the file is not the one that was planned with.
        """
        ...

    def writing(self, fragment: Fragment, model_version: str) -> AbstractContextManager[FragmentWriter]:
        """Write the output of a fragment: it appears whole and durable when the block ends, or not at all.

        Raises:
            UnavailableError: the disk is full or cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a fragment has no output.

    Attributes:
        stops: True when the other fragments would fail as well.
    """

    code: str
    detail: str
    stops: bool


@dataclass(frozen=True, slots=True)
class FragmentReport:
    """What became of a fragment; the output itself says the rest."""

    source: str
    rows: int
    failure: Failure | None = None


Reports = Generator[FragmentReport, None, None]
"""Closing it ends the work that is not done."""


class ScoringEngine(Protocol):
    """Has fragments scored, here or elsewhere, in any order, each at least once."""

    def run(self, fragments: Sequence[Fragment], model: PackedModel) -> Reports:
        """Report every fragment as it is done.

        Raises:
            UnavailableError: the engine cannot work at all.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """The input as it lies there.

    Attributes:
        damaged: files whose footer cannot be read, by relative path, with the reason.
    """

    files: tuple[SourceFile, ...]
    damaged: Mapping[str, str]


class RideFolders(Protocol):
    """The folder rides come from, and the folder they go to."""

    def sources(self) -> Sources:
        """The input files, checked as far as their footers tell.

        Raises:
            InvalidInputError: there is none.
            ContractError: columns are missing, of a wrong type or already taken; names each of them.
        """
        ...

    def claimed(self) -> AbstractContextManager[None]:
        """Keep other runs out of the output folder.

        Raises:
            ConflictError: another run works there.
            UnavailableError: the folder cannot be made.
        """
        ...

    def written(self) -> Mapping[str, OutputFile]:
        """Every Parquet file of the output folder, by relative path."""
        ...

    def clear(self) -> None:
        """Remove what stopped runs left unfinished, and the summary: the folder is not complete any more."""
        ...

    def write_summary(self, summary: Mapping[str, object]) -> None:
        """Write the summary: the folder is complete."""
        ...
