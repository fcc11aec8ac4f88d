"""``drivetrain backup`` and ``drivetrain restore``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from drivetrain.adapters.console.output import progress, say, show_json, show_table, warn
from drivetrain.settings import Settings

app = typer.Typer(help="Backups: make, verify, drill.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
Backup = Annotated[Path, typer.Argument(help="The folder of one backup: drivetrain-2026…Z.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="File with the passphrase that secrets are sealed with: 16 bytes or more."),
]


@app.command()
def make(
    folder: Annotated[Path, typer.Argument(help="Folder of backups; each is a new folder in it.")],
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Copy database and files into a new folder, while the platform runs or is stopped."""
    from drivetrain.bootstrap.backups.making import make_backup

    made = make_backup(Settings(), folder, _passphrase(passphrase_file), progress(as_json=as_json))
    if as_json:
        show_json(made.as_dict())
    else:
        size_mib = made.manifest.size_bytes / 2**20
        say(
            f"{made.folder}: {len(made.manifest.files):,} files, {size_mib:,.0f} MiB. {_rows(made.manifest.kept_rows)}"
        )
    if made.manifest.secrets == "left out":
        warn(
            "The secrets are NOT in it: secrets/ and admin.key. Without them no model passes its signature check, and "
            "keys and second factors are unknown. Give --passphrase-file, or store them yourself."
        )


@app.command()
def verify(backup: Backup, as_json: AsJson = False) -> None:
    """Check every file of a backup against its manifest, and that the log or the dump of the database can be read."""
    from drivetrain.bootstrap.backups.verifying import verify_backup

    verified = verify_backup(backup.expanduser().resolve(), progress(as_json=as_json))
    if as_json:
        show_json(verified.as_dict())
    elif verified.manifest is not None and verified.is_whole:
        say(f"{backup}: {len(verified.manifest.files):,} files are as they were written.")
    else:
        for damage in verified.damages:
            say(f"{damage.path} {damage.what}")
    if not verified.is_whole:
        raise typer.Exit(1)


@app.command()
def drill(
    backup: Backup,
    passphrase_file: PassphraseFile = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the temporary home is made; needs room for the backup.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into a temporary home and try it: rows, models, keys, audit trail, people. Then remove it."""
    from drivetrain.bootstrap.backups.drill import drill as run_drill

    report = run_drill(Settings(), backup, _passphrase(passphrase_file), progress(as_json=as_json), folder)
    if as_json:
        show_json(report.as_dict())
    else:
        say(f"{backup} was restored in {report.restore_s:.1f} s.")
        rows = [("ok" if each.is_well else "NOT OK", each.subject, each.detail) for each in report.findings]
        show_table(("", "what", "found"), rows, empty="")
    if not report.is_well:
        raise typer.Exit(1)


def restore(
    backup: Backup,
    home: Annotated[Path, typer.Option(help="The new home: missing, or an empty folder.")],
    passphrase_file: PassphraseFile = None,
    without_secrets: Annotated[
        bool, typer.Option("--without-secrets", help="Leave sealed secrets out; put them there by hand.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a home of a backup: verified, its database started once and counted. Nothing that exists is changed.

    The backup of a database on a server of your own goes to the empty database of DRIVETRAIN_DATABASE_URL.
    """
    from drivetrain.bootstrap.backups.restoring import restore_backup

    restored = restore_backup(
        Settings(),
        backup,
        home,
        _passphrase(passphrase_file),
        progress(as_json=as_json),
        without_secrets=without_secrets,
    )
    if as_json:
        show_json(restored.as_dict())
    else:
        say(
            f"{restored.home}: as of {restored.manifest.begun_at:%Y-%m-%d %H:%M:%S} UTC or later. {_rows(restored.kept_rows)}"
        )
        say(f"Look at it with DRIVETRAIN_HOME={restored.home} drivetrain doctor")
    if without_secrets or restored.manifest.secrets == "left out":
        warn(f"Put secrets/ and admin.key into {restored.home} before you start it: new ones would be made.")


def _passphrase(file: Path | None) -> bytes | None:
    from drivetrain.bootstrap.backups.making import passphrase_in

    return None if file is None else passphrase_in(file)


def _rows(kept_rows: Mapping[str, int]) -> str:
    return ", ".join(f"{table} {rows:,}" for table, rows in kept_rows.items()) + " rows."
