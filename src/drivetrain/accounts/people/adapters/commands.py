"""``drivetrain people``: accounts of people, for whoever may use this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from drivetrain.accounts.people.domain.passwords import check_password
from drivetrain.accounts.people.domain.person import LANGUAGES, Person
from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.output import CALLER, say, show_json, show_table
from drivetrain.core.access import PersonRole
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.time import iso_utc

if TYPE_CHECKING:
    from drivetrain.accounts.people.adapters.local import LocalPeople

app = typer.Typer(help="People: create, list, link, deactivate, reactivate, erase.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="E-mail address.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
_ROLES = ", ".join(PersonRole)


@app.command()
def create(
    context: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option(help="As others see it.")],
    role: Annotated[
        list[str] | None,
        typer.Option(help=f"One of {_ROLES}, on the whole platform; may be given several times."),
    ] = None,
    language: Annotated[str, typer.Option(help=f"One of {', '.join(LANGUAGES)}.")] = "en",
    time_zone: Annotated[str, typer.Option(help="Name in the IANA database.")] = "UTC",
    ask_password: Annotated[
        bool, typer.Option("--ask-password", help="Type a password now, in place of a link.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make an account, and print the link by which its owner chooses a password."""
    from drivetrain.accounts.people.adapters.local import local_people  # SQL
    from drivetrain.accounts.people.application.create_person import NewPerson

    password_hash = _typed_hash(name, email) if ask_password else None
    request = NewPerson(email, name, language, time_zone, role or [], password_hash)
    with local_people(installation(context)) as people:
        person, token = people.create(request, actor=CALLER)
        link = None if token is None else people.link(token)
    if as_json:
        show_json({**_as_dict(person), "link": link})
    elif link is None:
        say(f"{person.email.text} can sign in.")
    else:
        say(f"{person.email.text} chooses a password within 24 hours at\n{link}")


@app.command("list")
def list_people(context: typer.Context, as_json: AsJson = False) -> None:
    """List everybody who has an account, newest first."""
    from drivetrain.accounts.people.adapters.local import local_people

    with local_people(installation(context)) as people:
        everybody = people.all()
    if as_json:
        show_json([{**_as_dict(person), "roles": list(roles)} for person, roles in everybody])
        return
    rows = [
        (person.email.text, person.name, " ".join(roles), _state(person), person.person_id)
        for person, roles in everybody
    ]
    show_table(("address", "name", "roles", "state", "id"), rows, empty="Nobody yet.")


@app.command()
def link(context: typer.Context, email: Email) -> None:
    """Print a link by which somebody signs in, once and within five minutes."""
    from drivetrain.accounts.people.adapters.local import local_people

    with local_people(installation(context)) as people:
        token = people.make_sign_in_link(people.of_email(email).person_id, actor=CALLER)
        say(people.link(token))


@app.command()
def deactivate(context: typer.Context, email: Email) -> None:
    """Keep somebody out: all their sessions and keys end within a second. Nothing is erased."""
    _change(context, email, "deactivated")


@app.command()
def reactivate(context: typer.Context, email: Email) -> None:
    """Let somebody in again."""
    _change(context, email, "active")


@app.command()
def erase(
    context: typer.Context,
    email: Email,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase somebody and all that hangs on them. This cannot be taken back."""
    from drivetrain.accounts.people.adapters.local import local_people

    with local_people(installation(context)) as people:
        person = people.of_email(email)
        if not yes:
            typer.confirm(f"Erase {person.email.text} ({person.name})?", abort=True)
        people.erase(person.person_id, actor=CALLER)
    say(f"{person.person_id} is erased.")


def _change(context: typer.Context, email: str, state: str) -> None:
    from drivetrain.accounts.people.adapters.local import local_people

    with local_people(installation(context)) as people:
        _changed(people, people.of_email(email), state)
    say(f"{email.strip()} is {state}.")


def _changed(people: LocalPeople, person: Person, state: str) -> Person:
    if state == "active":
        return people.deactivate.undo(person.person_id, actor=CALLER)
    return people.deactivate(person.person_id, actor=CALLER)


def _typed_hash(name: str, email: str) -> str:
    """The hash of a password that is typed twice and shown nowhere.

    Raises:
        ContractError: ``people.weak_password``.
        InvalidInputError: ``people.no_password``; none was typed.
    """
    from drivetrain.accounts.people.adapters.hashing import Argon2Hasher

    try:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    except typer.Abort:
        raise InvalidInputError("No password was typed.", code="people.no_password") from None
    return Argon2Hasher().hash_now(check_password(password, (name, email), field="password"))


def _state(person: Person) -> str:
    if person.deactivated_at is not None:
        return "deactivated"
    if person.verified_at is None:
        return "not verified"
    return "active" if person.password_hash else "no password yet"


def _as_dict(person: Person) -> dict[str, object]:
    return {
        "person_id": str(person.person_id),
        "email": person.email.text,
        "name": person.name,
        "created_at": iso_utc(person.created_at),
        "state": _state(person),
    }
