"""The fitted parameters of rides on disk: written whole or not at all, checked when read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.files import write_private
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.demand import RideDemand, from_json, to_json

_SHA256 = re.compile("[0-9a-f]{64}")
_SOURCE_OF_OLDER_FILES = re.compile(r"Learned from the table .+ \(SHA-256 ([0-9a-f]{64})\)\.")
"""Files had no field for the table at first; their sentence names it."""


@dataclass(frozen=True, slots=True)
class DemandInUse:
    """The parameters to draw with.

    Attributes:
        table_sha256: of the installation's own table, where the platform learned them from it by itself; None
            for those that a person had learned by command, and for the built-in ones.
        problem: why they are the built-in ones although a file is there; None where nothing is wrong.
    """

    demand: RideDemand
    table_sha256: str | None = None
    problem: InvalidInputError | None = None


class RideFile:
    """One file of parameters."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, demand: RideDemand, *, table_sha256: str | None = None) -> None:
        """Replace the file.

        Args:
            table_sha256: as ``DemandInUse`` has it.

        Raises:
            UnavailableError: it cannot be written.
        """
        saved = {"sha256": demand.digest, "table_sha256": table_sha256, "demand": json.loads(to_json(demand))}
        content = json.dumps(saved, separators=(",", ":"))
        try:
            write_private(self.path, content.encode())
        except OSError as error:
            raise UnavailableError(
                f"{self.path} cannot be written: {error.strerror}.", code="home.not_writable"
            ) from error

    def load(self) -> DemandInUse:
        """The parameters as they were saved.

        Raises:
            InvalidInputError: the file is damaged, or not one of ours.
            FileNotFoundError: there is none.
        """
        try:
            stored = json.loads(self.path.read_bytes())
            demand = from_json(json.dumps(stored["demand"]))
            table_sha256 = _table_of(stored, demand)
        except FileNotFoundError:
            raise
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise self._damaged(str(error)) from None
        except InvalidInputError as error:
            raise self._damaged(error.detail) from None
        if stored.get("sha256") != demand.digest:
            raise self._damaged("its checksum is another one")
        return DemandInUse(demand, table_sha256)

    def demand_in_use(self) -> DemandInUse:
        """The saved parameters; the built-in ones where there is no file, or a damaged one."""
        try:
            return self.load()
        except FileNotFoundError:
            return DemandInUse(built_in())
        except InvalidInputError as problem:
            return DemandInUse(built_in(), problem=problem)

    def _damaged(self, reason: str) -> InvalidInputError:
        return InvalidInputError(
            f"{self.path} cannot be used ({reason}); rides are drawn by the built-in parameters. "
            "Delete it, or learn them again with `drivetrain trips fit-rides`.",
            code="trips.damaged_ride_parameters",
        )


def _table_of(saved: Mapping[str, object], demand: RideDemand) -> str | None:
    """The table of a file.

    Raises:
        ValueError: it is no checksum.
    """
    if "table_sha256" not in saved:
        named = _SOURCE_OF_OLDER_FILES.fullmatch(demand.source)
        return None if named is None else named[1]
    table_sha256 = saved["table_sha256"]
    if table_sha256 is not None and not (isinstance(table_sha256, str) and _SHA256.fullmatch(table_sha256)):
        raise ValueError("table_sha256 is no checksum")
    return table_sha256
