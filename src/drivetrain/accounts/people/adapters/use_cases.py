"""The use cases of people on one installation's database and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivetrain.accounts.people.adapters.addresses import read_address
from drivetrain.accounts.people.adapters.hashing import Argon2Hasher
from drivetrain.accounts.people.adapters.settings import PeopleSettings
from drivetrain.accounts.people.application.change_profile import ChangeProfile
from drivetrain.accounts.people.application.choose_password import ChoosePassword
from drivetrain.accounts.people.application.create_person import CreatePerson
from drivetrain.accounts.people.application.deactivate_person import DeactivatePerson
from drivetrain.accounts.people.application.erase_person import ErasePerson, ExportPerson
from drivetrain.accounts.people.application.ports import OpenWork
from drivetrain.accounts.people.application.prove_password import ProvePassword
from drivetrain.accounts.people.application.request_link import RESET, SIGN_IN_LINK, RequestLink
from drivetrain.accounts.people.application.second_factor import SecondFactor
from drivetrain.accounts.people.application.sign_up import SignUp
from drivetrain.accounts.people.domain.tokens import OneTimeToken, Purpose
from drivetrain.core.limits import RateLimiter
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.installation import Installation

TOKEN_KEY, ACCOUNT_KEY, FACTOR_KEY, RECOVERY_KEY = (
    "one-time links",
    "hashes of e-mail addresses",
    "seals of second factors",
    "recovery codes",
)
"""Purposes of the keys that are derived for people."""

PAGES = {
    Purpose.VERIFY: "sign-up",
    Purpose.RESET: "new-password",
    Purpose.WELCOME: "welcome",
    Purpose.SIGN_IN: "sign-in",
    Purpose.MAILED_SIGN_IN: "sign-in",
    Purpose.INVITATION: "invitation",
}
"""Pages that links lead to."""


@dataclass(frozen=True, slots=True)
class PeopleUseCases:
    """What can be done with people, wired.

    Attributes:
        link: the address that a link leads to.
    """

    works: OpenWork
    link: Callable[[OneTimeToken], str]
    sign_up: SignUp
    choose_password: ChoosePassword
    request_reset: RequestLink
    request_sign_in_link: RequestLink
    prove_password: ProvePassword
    change_profile: ChangeProfile
    create: CreatePerson
    deactivate: DeactivatePerson
    export: ExportPerson
    erase: ErasePerson
    second_factor: SecondFactor


def link_address(base: str, key: bytes) -> Callable[[OneTimeToken], str]:
    """Writes links: the secret part follows ``#``, which browsers send to nobody and no log sees."""
    return lambda token: f"{base}/{PAGES[Purpose(token.purpose)]}#{token.text(key)}"


def people_use_cases(
    installation: Installation, works: OpenWork, hasher: Argon2Hasher, limiter: RateLimiter, clock: Clock
) -> PeopleUseCases:
    """Wire them."""
    settings = installation.settings(PeopleSettings)
    token_key, account_key = installation.derived_key(TOKEN_KEY), installation.derived_key(ACCOUNT_KEY)
    recovery_key = installation.derived_key(RECOVERY_KEY)
    held = installation.personal_data()
    return PeopleUseCases(
        works=works,
        link=link_address(settings.public_url or installation.address, token_key),
        sign_up=SignUp(works, read_address, limiter, clock, settings.sign_up, account_key),
        choose_password=ChoosePassword(works, hasher, clock, token_key),
        request_reset=RequestLink(works, read_address, limiter, clock, account_key, RESET),
        request_sign_in_link=RequestLink(works, read_address, limiter, clock, account_key, SIGN_IN_LINK),
        prove_password=ProvePassword(works, hasher, limiter),
        change_profile=ChangeProfile(works),
        create=CreatePerson(works, read_address, clock),
        deactivate=DeactivatePerson(works, clock),
        export=ExportPerson(works, held),
        erase=ErasePerson(works, held),
        second_factor=SecondFactor(works, limiter, clock, recovery_key),
    )
