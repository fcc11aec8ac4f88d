"""``drivetrain keys``: API keys of clients and people."""

from __future__ import annotations

from typing import Annotated

import typer

from drivetrain.adapters.console.output import CALLER, say, show_json, show_table
from drivetrain.core.access import mint_key
from drivetrain.core.time import iso_utc
from drivetrain.products import SCOPES
from drivetrain.settings import Settings

app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command()
def create(
    name: Annotated[str, typer.Option(help="Who uses it; recorded in the ledger as the caller.")],
    role: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(SCOPES.roles)}; may be given several times.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help=f"A single right: {', '.join(sorted(SCOPES.names))}.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Days until it expires; never by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Create a key. It is printed once and stored nowhere: only a keyed hash of it is kept."""
    from drivetrain.bootstrap.installation import database, home_of, key_issuer, open_stores

    settings = Settings()
    home = home_of(settings)
    grants = [*(role or []), *(scope or [])]
    with database(settings, home) as url:
        issuer = key_issuer(settings, home, open_stores(settings, home, url).keys)
        key = issuer.create(name=name, grants=grants, days=days, actor=CALLER)
    if as_json:
        show_json(
            {
                "api_key": key.text,
                "key_id": key.record.key_id,
                "name": name,
                "scopes": sorted(key.record.scopes),
            }
        )
    else:
        say(key.text)


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys, newest first."""
    from drivetrain.bootstrap.installation import database, existing_home, open_stores

    settings = Settings()
    home = existing_home(settings, with_database=True)
    with database(settings, home) as url:
        records = open_stores(settings, home, url).keys.all()
    shown = [
        {
            "key_id": record.key_id,
            "name": record.name,
            "scopes": sorted(record.scopes),
            "created_at": iso_utc(record.created_at),
            "expires_at": None if record.expires_at is None else iso_utc(record.expires_at),
            "revoked_at": None if record.revoked_at is None else iso_utc(record.revoked_at),
        }
        for record in records
    ]
    if as_json:
        show_json(shown)
        return
    rows = [(k["key_id"], k["name"], " ".join(k["scopes"]), k["expires_at"], k["revoked_at"]) for k in shown]  # type: ignore[arg-type]
    show_table(("id", "name", "scopes", "expires", "revoked"), rows, empty="No key yet.")


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The id, as `keys list` shows it.")]) -> None:
    """Revoke a key; every worker refuses it within a second."""
    from drivetrain.bootstrap.installation import database, home_of, open_stores
    from drivetrain.core.time import SystemClock

    settings = Settings()
    home = home_of(settings)
    with database(settings, home) as url:
        record = open_stores(settings, home, url).keys.revoke(key_id, SystemClock().now(), actor=CALLER)
    say(f"{record.name} ({record.key_id}) is revoked.")


@app.command()
def mint() -> None:
    """Print a well-formed random key for DRIVETRAIN_ADMIN_KEY; nothing is stored."""
    say(mint_key(Settings().environment).text)
