"""The fitted parameters of rides on disk: written whole or not at all, checked when read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.files import write_private
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.demand import RideDemand, from_json, to_json


@dataclass(frozen=True, slots=True)
class FoundDemand:
    """The parameters to draw with.

    Attributes:
        problem: why they are the built-in ones although a file is there; None where nothing is wrong.
    """

    demand: RideDemand
    problem: InvalidInputError | None = None


class RideFile:
    """One file of parameters."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, demand: RideDemand) -> None:
        """Replace the file.

        Raises:
            UnavailableError: it cannot be written.
        """
        content = json.dumps(
            {"sha256": demand.digest, "demand": json.loads(to_json(demand))}, separators=(",", ":")
        )
        try:
            write_private(self.path, content.encode())
        except OSError as error:
            raise UnavailableError(
                f"{self.path} cannot be written: {error.strerror}.", code="home.not_writable"
            ) from error

    def load(self) -> RideDemand:
        """The parameters as they were saved.

        Raises:
            InvalidInputError: the file is damaged, or not one of ours.
            FileNotFoundError: there is none.
        """
        try:
            found = json.loads(self.path.read_bytes())
            demand = from_json(json.dumps(found["demand"]))
        except FileNotFoundError:
            raise
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise self._damaged(str(error)) from None
        except InvalidInputError as error:
            raise self._damaged(error.detail) from None
        if found.get("sha256") != demand.digest:
            raise self._damaged("its checksum is another one")
        return demand

    def found(self) -> FoundDemand:
        """The saved parameters; the built-in ones where there is no file, or a damaged one."""
        try:
            return FoundDemand(self.load())
        except FileNotFoundError:
            return FoundDemand(built_in())
        except InvalidInputError as problem:
            return FoundDemand(built_in(), problem)

    def _damaged(self, why: str) -> InvalidInputError:
        return InvalidInputError(
            f"{self.path} cannot be used ({why}); rides are drawn by the built-in parameters. "
            "Delete it, or learn them again with `drivetrain trips fit-rides`.",
            code="trips.damaged_ride_parameters",
        )
