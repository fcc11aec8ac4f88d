"""The files of `drivetrain dispatch materialize` as a feature store: applied, materialized to Redis, joined to rows.

Runs by `make feast`, in an environment of its own: Feast and the lock of development need different versions of pandas.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.event_log import EPOCH
from tests.support.lake import MemoryLake
from tests.support.redis import redis_server
from tests.support.ride_steps import DAY_US, HOUR_US, START_US, Step, a_log, features_by_loop, log_of
from typer.testing import CliRunner

from drivetrain.adapters.embedded.redis import redis_socket
from drivetrain.core.progress import SilentProgress
from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.features.adapters.decoding import decode_steps
from drivetrain.dispatch.features.adapters.feast_commands import app
from drivetrain.dispatch.features.adapters.feast_store import (
    SERVICE,
    apply_definitions,
    materialize_online,
    open_store,
    read_as_known,
)
from drivetrain.dispatch.features.adapters.view_files import write_view
from drivetrain.dispatch.features.application.keep_lake import KeepLake
from drivetrain.dispatch.features.application.read_as_known import stats_as_known
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT, STATUS_LAYOUT, VIEWS

pd = pytest.importorskip("pandas")
feast = pytest.importorskip(
    "feast", reason="Feast is not installed: make feast runs this in an environment that has it"
)

DRIVERS = [f"d{number}" for number in range(12)]
HOURS = range(0, 48, 6)
INSTANTS = [START_US + 8 * DAY_US + hour * HOUR_US for hour in HOURS]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where an embedded server is, as Feast writes it."""
    home = tmp_path_factory.mktemp("home")
    with redis_server(home):
        yield f"localhost:0,unix_socket_path={redis_socket(home / 'redis')}"


def write_files(folder: Path, steps: Sequence[Step]) -> None:
    """What `materialize` writes of a log with these steps, and of a lake without positions."""
    log, _ = log_of(steps)
    lake = MemoryLake()
    KeepLake(log, lake)(REQUESTS, SilentProgress())
    stats = stats_as_known(lake, decode_steps).everybody(INSTANTS, SilentProgress())
    write_view(folder / "driver_stats.parquet", STATS_LAYOUT, stats)
    write_view(folder / "driver_status.parquet", STATUS_LAYOUT, [])


def instant(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def training_rows(seed: int, count: int) -> Any:
    """Drivers at moments in which one could have decided about them."""
    random_ = random.Random(seed)
    moments = [
        INSTANTS[0] + random_.randrange(INSTANTS[-1] - INSTANTS[0] + 6 * HOUR_US) for _ in range(count)
    ]
    return pd.DataFrame(
        {
            "row": range(count),
            "driver_id": [random_.choice(DRIVERS) for _ in range(count)],
            "event_timestamp": [pd.Timestamp(instant(at)) for at in moments],
        }
    )


def joined(store: Any, rows: Any) -> Any:
    found = read_as_known(store, rows)
    assert found.row.tolist() == rows.row.tolist(), "no row may be lost, and none be moved"
    return found


def test_the_definitions_are_ours(tmp_path: Path) -> None:
    write_files(tmp_path, a_log(1, 50, DRIVERS))
    store = apply_definitions(tmp_path)
    assert {view.name for view in store.list_feature_views()} == {view.name for view in VIEWS}
    for ours in VIEWS:
        theirs = store.get_feature_view(ours.name)
        assert [field.name for field in theirs.features] == [feature.name for feature in ours.features]
        assert [field.description for field in theirs.features] == [
            feature.definition for feature in ours.features
        ]
        assert theirs.ttl == timedelta(microseconds=ours.ttl_us)


def test_rows_get_what_a_plain_loop_knows_at_the_last_instant_before_each(tmp_path: Path) -> None:
    steps = a_log(2, 1_500, DRIVERS)
    write_files(tmp_path, steps)
    rows = training_rows(3, 200)
    found = joined(apply_definitions(tmp_path), rows)
    _, placed = log_of(steps)
    for place, row in rows.iterrows():
        at_us = (row.event_timestamp - pd.Timestamp(EPOCH)) // pd.Timedelta(microseconds=1)
        as_of_us = max(known for known in INSTANTS if known <= at_us)
        rate, response_ms, trips = features_by_loop(placed, row.driver_id, as_of_us)
        np.testing.assert_array_equal(
            found.loc[place, ["accept_rate_7d", "avg_response_ms"]].to_numpy(dtype=np.float32),
            np.float32([rate, response_ms]),
        )
        assert found.trips_1h[place] == trips


def test_rows_before_anything_was_known_stay_and_have_nothing(tmp_path: Path) -> None:
    write_files(tmp_path, a_log(14, 300, DRIVERS))
    first = pd.Timestamp(instant(INSTANTS[0]))
    rows = pd.DataFrame(
        {
            "row": range(3),
            "driver_id": ["d0", "d0", "a stranger"],
            "event_timestamp": [first - pd.Timedelta(seconds=1), first, first],
        }
    )
    found = joined(apply_definitions(tmp_path), rows)
    assert found.accept_rate_7d.isna().tolist() == [True, False, True]
    assert found.status.isna().all()


def test_each_of_several_rows_for_a_driver_at_an_instant_is_kept(tmp_path: Path) -> None:
    write_files(tmp_path, a_log(15, 300, DRIVERS))
    rows = training_rows(16, 30)
    twice = pd.concat([rows, rows.assign(row=rows.row + 100)], ignore_index=True)
    found = joined(apply_definitions(tmp_path), twice)
    pd.testing.assert_series_equal(
        found.avg_response_ms[:30], found.avg_response_ms[30:].reset_index(drop=True)
    )
    assert found.avg_response_ms.notna().all()


def test_a_driver_who_left_has_nothing_any_more(tmp_path: Path) -> None:
    """Their last steps left the windows between two instants; the row of before lives for eight days."""
    gone = Step(0, "r", 2, "d0", INSTANTS[2] - 7 * DAY_US, "accept", 4_000)
    write_files(tmp_path, sorted([gone, *a_log(13, 300, DRIVERS[1:])], key=lambda step: step.known_us))
    rows = pd.DataFrame(
        {
            "row": range(3),
            "driver_id": "d0",
            "event_timestamp": [pd.Timestamp(instant(INSTANTS[at])) for at in (2, 3, 7)],
        }
    )
    found = joined(apply_definitions(tmp_path), rows)
    np.testing.assert_array_equal(found.accept_rate_7d.to_numpy(dtype=float), [1.0, np.nan, np.nan])


def test_steps_that_came_late_change_no_row_of_before_they_came(tmp_path: Path) -> None:
    """A thousand steps of earlier rides come at an instant; of the rows before it, not one may know of them."""
    steps, came_us = a_log(4, 1_500, DRIVERS), INSTANTS[len(INSTANTS) // 2] - HOUR_US
    late = [
        replace(step, request_id=f"late-{number}", known_us=came_us + number)
        for number, step in enumerate(steps[:1_000])
    ]
    rows, tables = training_rows(5, 400), []
    for name, log in (("before", steps), ("after", sorted([*steps, *late], key=lambda step: step.known_us))):
        write_files(tmp_path / name, log)
        tables.append(joined(apply_definitions(tmp_path / name), rows))
    before, after = tables
    is_changed = (before.fillna(-1) != after.fillna(-1)).any(axis=1).tolist()
    is_earlier = (rows.event_timestamp < pd.Timestamp(instant(came_us))).tolist()
    assert sum(changed for changed, earlier in zip(is_changed, is_earlier, strict=True) if earlier) == 0
    assert sum(is_changed) > 50, "the late steps must change what comes after them"


def test_rows_of_a_file_that_were_known_late_leak_into_no_training_row(tmp_path: Path) -> None:
    """Somebody fills up the past: the values are of then, and known only now. By default Feast gives them away."""
    write_files(tmp_path, a_log(6, 1_500, DRIVERS))
    file = tmp_path / "driver_stats.parquet"
    table = pd.read_parquet(file)
    filled = table.assign(
        as_of=table.as_of + pd.Timedelta(hours=1),
        known_at=pd.Timestamp(instant(INSTANTS[-1] + DAY_US)),
        trips_1h=99,
    )
    pd.concat([table, filled]).astype(table.dtypes).to_parquet(file)
    store, rows = apply_definitions(tmp_path), training_rows(7, 400)
    assert (joined(store, rows).trips_1h == 99).sum() == 0
    leaky = store.get_historical_features(entity_df=rows, features=["driver_stats:trips_1h"])
    assert (leaky.to_df().trips_1h == 99).sum() > 50, "nothing was there to leak"


def test_the_online_store_has_what_held_at_an_instant(tmp_path: Path, redis: str) -> None:
    steps = a_log(8, 1_500, DRIVERS)
    write_files(tmp_path, steps)
    store = apply_definitions(tmp_path, redis)
    materialize_online(store, instant(INSTANTS[-1] + HOUR_US))
    entities = [{"driver_id": driver} for driver in [*DRIVERS, "nobody"]]
    answer = store.get_online_features(store.get_feature_service(SERVICE), entities).to_dict()
    _, placed = log_of(steps)
    expected = [features_by_loop(placed, driver, INSTANTS[-1]) for driver in DRIVERS]
    for place, (rate, response_ms, trips) in enumerate(expected):
        got = [answer[name][place] for name in STATS_LAYOUT.names]
        figures = [math.nan if value is None else value for value in got]
        np.testing.assert_array_equal(np.float32(figures), np.float32([rate, response_ms, trips]))
    assert [answer[name][-1] for name in STATS_LAYOUT.names] == [None, None, None]


def test_by_command(tmp_path: Path, redis: str) -> None:
    write_files(tmp_path, a_log(9, 300, DRIVERS))
    rows, out = tmp_path / "rows.parquet", tmp_path / "out" / "joined.parquet"
    training_rows(10, 20).to_parquet(rows)
    runner = CliRunner()
    for arguments in (
        ["apply", str(tmp_path), "--redis", redis],
        ["online", str(tmp_path), "--until", datetime.now(UTC).isoformat()],
        ["join", str(tmp_path), "--rows", str(rows), "--out", str(out)],
    ):
        done = runner.invoke(app, arguments)
        assert done.exit_code == 0, (arguments, done.output, done.exception)
    written = pd.read_parquet(out)
    assert sorted(written.row) == list(range(20))
    assert set(STATS_LAYOUT.names) < set(written.columns)


def no_zone(rows: Any) -> Any:
    return rows.assign(event_timestamp=rows.event_timestamp.dt.tz_localize(None))


def with_a_feature(rows: Any) -> Any:
    return rows.assign(trips_1h=1)


def without_a_driver(rows: Any) -> Any:
    return rows.assign(driver_id=[None, *rows.driver_id[1:]])


@pytest.mark.parametrize(
    "spoil",
    [
        no_zone,
        without_a_driver,
        lambda rows: rows.drop(columns="driver_id"),
        with_a_feature,
        lambda rows: b"text",
    ],
)
def test_rows_that_cannot_be_joined_are_named(spoil: Any, tmp_path: Path) -> None:
    write_files(tmp_path, a_log(11, 50, DRIVERS))
    apply_definitions(tmp_path)
    file, spoilt = tmp_path / "rows.parquet", spoil(training_rows(12, 5))
    if isinstance(spoilt, bytes):
        file.write_bytes(spoilt)
    else:
        spoilt.to_parquet(file)
    done = CliRunner().invoke(
        app, ["join", str(tmp_path), "--rows", str(file), "--out", str(tmp_path / "out.parquet")]
    )
    assert getattr(done.exception, "code", "") == "dispatch.bad_rows"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"no driver_status\.parquet") as caught:
        apply_definitions(tmp_path)
    assert getattr(caught.value, "code", "") == "dispatch.no_view_file"
    with pytest.raises(Exception, match="no feature store") as caught:
        open_store(tmp_path)
    assert getattr(caught.value, "code", "") == "dispatch.no_feature_store"
