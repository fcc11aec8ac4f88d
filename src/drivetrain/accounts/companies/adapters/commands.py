"""``drivetrain companies``: make companies, and list them. Invitations are made over HTTP, by who administers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.output import CALLER, say, show_json, show_table
from drivetrain.core.time import iso_utc

if TYPE_CHECKING:
    from drivetrain.accounts.companies.application.keep_companies import KeepCompanies

app = typer.Typer(help="Companies: create, list.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="1 to 100 characters of plain text.")],
    as_json: AsJson = False,
) -> None:
    """Make a company. Invite its first administrator next: POST /companies/{company_id}/invitations."""
    from drivetrain.accounts.companies.adapters.schemas import company_as_dict

    with _companies(context) as companies:
        company = companies.create(name, actor=CALLER)
    if as_json:
        show_json(company_as_dict(company))
    else:
        say(f"{company.name} ({company.company_id})")


@app.command("list")
def list_companies(context: typer.Context, as_json: AsJson = False) -> None:
    """List the companies, by name."""
    from drivetrain.accounts.companies.adapters.schemas import company_as_dict
    from drivetrain.accounts.companies.domain.company import Reach

    with _companies(context) as companies:
        rows = companies.all(Reach(everywhere=True, company=None))
    if as_json:
        show_json([company_as_dict(company) for company in rows])
    else:
        shown = [(company.company_id, company.name, iso_utc(company.created_at)) for company in rows]
        show_table(("id", "name", "since"), shown, empty="No company yet.")


@contextmanager
def _companies(context: typer.Context) -> Iterator[KeepCompanies]:
    from drivetrain.accounts.companies.adapters.stores import CompanyWorks
    from drivetrain.accounts.companies.application.keep_companies import KeepCompanies
    from drivetrain.accounts.people.adapters.use_cases import FACTOR_KEY

    home = installation(context)
    with home.database() as database:
        factor_key = home.derived_key(FACTOR_KEY)
        # no command accepts an invitation, which alone asks who is linked
        works = CompanyWorks(
            database.engine, _NoLetters(), database.audit, factor_key, home.clock, lambda *_: False
        )
        yield KeepCompanies(works, home.clock)


class _NoLetters:
    """The port ``Letters`` where nobody is written to."""

    def write(self, connection: Any, message: str, person: UUID, arguments: Mapping[str, str]) -> None:
        """Refuse: these commands invite nobody."""
        raise RuntimeError(f"{message} is written by no command")
