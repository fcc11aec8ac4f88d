"""Features of the past as Parquet, a file for a view, as the definitions for Feast read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from drivetrain.adapters.console.files import replacing, writing
from drivetrain.dispatch.features.adapters.feast_store import EVENT_TIME, KNOWN_TIME
from drivetrain.dispatch.features.application.read_as_known import Everybody
from drivetrain.dispatch.features.domain.views import RecordLayout

_KINDS = {"|u1": "int32", "<u4": "int64", "<f4": "float32"}


def write_view(file: Path, layout: RecordLayout, instants: Iterable[Everybody]) -> int:
    """Write the features of all drivers at some instants; how many rows those are. The folder is made if missing.

    A row was known from the instant on for which it was counted. What is missing is null.
    A driver of whom nothing is known any more has one row that says so: without it whoever joins would go on with the last
    one for as long as that lives.

    Raises:
        UnavailableError: it cannot be written; the file is as before.
    """
    import pyarrow as pa
    from pyarrow import parquet

    at = pa.timestamp("us", tz="UTC")
    kinds = [pa.type_for_alias(_KINDS[layout.dtype[name].str]) for name in layout.names]
    fields = [("driver_id", pa.string()), (EVENT_TIME, at), (KNOWN_TIME, at)]
    schema = pa.schema([*fields, *zip(layout.names, kinds, strict=True)], metadata={"layout": layout.digest})
    count = 0
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as stream, parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        for instant in _with_leavers(layout, instants):
            writer.write_table(pa.Table.from_arrays(_columns(layout, instant, schema), schema=schema))
            count += len(instant.driver_ids)
    return count


def _with_leavers(layout: RecordLayout, instants: Iterable[Everybody]) -> Iterator[Everybody]:
    """The same instants, each also with those who were known at the one before."""
    before: Sequence[str] = ()
    for instant in instants:
        leavers = sorted(set(before).difference(instant.driver_ids))
        before = instant.driver_ids
        records = np.concatenate([instant.records, layout.empty(len(leavers))])
        yield Everybody(instant.as_of_us, [*instant.driver_ids, *leavers], records)


def _columns(layout: RecordLayout, instant: Everybody, schema: Any) -> list[Any]:
    import pyarrow as pa

    as_of = np.full(len(instant.driver_ids), instant.as_of_us, dtype="datetime64[us]")
    columns = [pa.array(list(instant.driver_ids), pa.string())]
    columns += [pa.array(as_of, schema.field(name).type) for name in (EVENT_TIME, KNOWN_TIME)]
    for name, values in zip(layout.names, layout.numbers(instant.records).T, strict=True):
        is_missing = np.isnan(values)
        numbers = np.where(is_missing, 0, values).astype(schema.field(name).type.to_pandas_dtype())
        columns.append(pa.array(numbers, schema.field(name).type, mask=is_missing))
    return columns
