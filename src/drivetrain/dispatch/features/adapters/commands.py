"""``drivetrain dispatch materialize``: features of the past as files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.output import progress, say, show_json
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.time import parse_instant

MOST_INSTANTS = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def materialize(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder for a Parquet file of each view.")],
    since: Annotated[str, typer.Option(help="First instant, ISO 8601 with its offset.")],
    until: Annotated[str, typer.Option(help="No instant after this.")],
    every_min: Annotated[int, typer.Option(min=5, max=10_080, help="Minutes between two instants.")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Count the features of all drivers over the lake, as they were known at instants of the past."""
    from drivetrain.dispatch.features.adapters.decoding import decode_steps
    from drivetrain.dispatch.features.adapters.tasks import lake_of
    from drivetrain.dispatch.features.adapters.view_files import write_view
    from drivetrain.dispatch.features.application.read_as_known import stats_as_known, status_as_known
    from drivetrain.dispatch.features.domain.views import DRIVER_STATS, DRIVER_STATUS
    from drivetrain.dispatch.state.adapters.decoding import decode_updates

    instants = _instants(parse_instant(since, "--since"), parse_instant(until, "--until"), every_min)
    lake, bar = lake_of(installation(context)), progress(as_json=as_json)
    reads = {
        DRIVER_STATS.name: stats_as_known(lake, decode_steps),
        DRIVER_STATUS.name: status_as_known(lake, decode_updates),
    }
    rows = {
        name: write_view(out / f"{name}.parquet", read.layout, read.everybody(instants, bar))
        for name, read in reads.items()
    }
    if as_json:
        show_json({"instants": len(instants), "rows": rows})
        return
    for name, count in rows.items():
        say(f"{out / f'{name}.parquet'}: {count:,} rows of {len(instants):,} instants.")


def _instants(since: datetime, until: datetime, every_min: int) -> list[int]:
    """Microseconds since 1970, rising.

    Raises:
        InvalidInputError: ``dispatch.bad_instants``; there is none, or there are too many.
    """
    count = (until - since) // timedelta(minutes=every_min) + 1
    if not 0 < count <= MOST_INSTANTS:
        raise InvalidInputError(
            f"From --since to --until there are {max(0, count):,} instants; 1 to {MOST_INSTANTS:,} are possible.",
            code="dispatch.bad_instants",
        )
    first, step = (since - _EPOCH) // timedelta(microseconds=1), every_min * 60_000_000
    return list(range(first, first + count * step, step))
