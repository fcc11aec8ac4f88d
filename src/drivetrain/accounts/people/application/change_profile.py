"""Changing what a person says about themselves."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.people.application.accounts import check_profile, existing
from drivetrain.accounts.people.application.ports import OpenWork
from drivetrain.accounts.people.domain.person import Person


@dataclass(frozen=True, slots=True)
class ChangeProfile:
    """Stores name, language and time zone; what is not given stays."""

    works: OpenWork

    def __call__(
        self,
        person: UUID,
        *,
        name: str | None = None,
        language: str | None = None,
        time_zone: str | None = None,
    ) -> Person:
        """Store them.

        Raises:
            ContractError: one cannot be used.
            NotFoundError: ``people.not_found``.
        """
        with self.works() as work:
            former = existing(work.people, person)
            name = former.name if name is None else name.strip()
            language = former.language if language is None else language
            time_zone = former.time_zone if time_zone is None else time_zone
            check_profile(name, language, time_zone)
            work.people.change_profile(person, name=name, language=language, time_zone=time_zone)
            return existing(work.people, person)
