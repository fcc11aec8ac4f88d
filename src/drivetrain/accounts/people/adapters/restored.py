"""Whether people can sign in to a restored installation."""

from __future__ import annotations

from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError
from sqlalchemy import select

from drivetrain.accounts.people.adapters.factors import PostgresFactors
from drivetrain.accounts.people.adapters.tables import people, second_factors
from drivetrain.accounts.people.adapters.use_cases import FACTOR_KEY
from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.errors import UnavailableError
from drivetrain.core.health import Finding
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase


def people_can_sign_in(installation: Installation, database: OpenDatabase) -> Finding:
    """Read every hash of a password as checking one does, and open every second factor with the restored secrets."""
    problems = []
    with transaction(database.engine) as connection:
        hashes = connection.scalars(
            select(people.c.password_hash).where(people.c.password_hash.is_not(None))
        ).all()
        if damaged := sum(not _is_hash(encoded) for encoded in hashes):
            problems.append(f"{damaged:,} of {len(hashes):,} hashes of passwords cannot be read")
        persons = connection.scalars(select(second_factors.c.person_id)).all()
        factors = PostgresFactors(connection, installation.derived_key(FACTOR_KEY))
        try:
            for person in persons:
                factors.of_person(person)
        except UnavailableError as error:
            problems.append(error.detail)
    good = f"{len(hashes):,} hashes of passwords can be checked, {len(persons):,} second factors opened"
    return Finding("people", not problems, "; ".join(problems) or good)


def _is_hash(encoded: str) -> bool:
    try:
        extract_parameters(encoded)
    except InvalidHashError:
        return False
    return True
