"""What every city has: clocks that skip and repeat an hour, and distances between its places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

InstantArray = NDArray[np.datetime64]
IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

EARTH_RADIUS_KM = 6_371.0
"""Mean radius."""

_FIRST_YEAR, _LAST_YEAR = 1970, 2099
_US_PER_MINUTE = 60_000_000
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_TIME = np.datetime64("NaT", "us")


@dataclass(frozen=True, slots=True)
class CivilTime:
    """The clocks of a zone, for one instant and for a million alike.

    Arrays of instants and of civil times are ``datetime64[us]`` of any shape, instants in UTC; NaT stays NaT.
    The zone's rules are read once, for the years 1970 to 2099; earlier and later instants get the offset of
    the nearest of these years' ends.

    Attributes:
        name: IANA name of the zone.
    """

    name: str

    @property
    def zone(self) -> ZoneInfo:
        """The zone, for single instants."""
        return ZoneInfo(self.name)

    def minutes(self, instants: InstantArray) -> IntArray:
        """Civil minutes since the civil 1970-01-01 00:00 at instants, which must not be NaT."""
        since_epoch = instants.view(np.int64)
        changes = _changes(self.name)
        offset_us = changes.offsets_us[np.searchsorted(changes.at_us, since_epoch, side="right")]
        minutes: IntArray = (since_epoch + offset_us) // _US_PER_MINUTE
        return minutes

    def times(self, instants: InstantArray) -> InstantArray:
        """What the clocks show at instants; the hour that is repeated in autumn shows the same times twice."""
        changes = _changes(self.name)
        utc = instants.astype("datetime64[us]")
        place = np.searchsorted(changes.at_us, utc.astype(np.int64), side="right")
        civil: InstantArray = utc + changes.offsets_us[place].view("timedelta64[us]")
        return civil

    def instants(self, civil: InstantArray) -> InstantArray:
        """When the clocks show civil times: the first of the two where an hour is repeated, NaT where it is skipped."""
        changes = _changes(self.name)
        shown = civil.astype("datetime64[us]")
        # A clock shows the times of one offset until the change; so the first of two times has the offset before.
        ends_us = changes.at_us + changes.offsets_us[:-1]
        place = np.searchsorted(ends_us, shown.astype(np.int64), side="right")
        instants = shown - changes.offsets_us[place].view("timedelta64[us]")
        begins = np.concatenate([[np.iinfo(np.int64).min + 1], changes.at_us])[place].view("datetime64[us]")
        # a skipped time would lie before the change whose offset it was given
        return np.where(instants < begins, _NO_TIME, instants)

    def day(self, day: date) -> tuple[datetime, int]:
        """Start of a civil day as an instant, UTC, and its length in minutes: 1440, unless the clocks change in it."""
        start, end = (
            datetime(local_day.year, local_day.month, local_day.day, tzinfo=self.zone).astimezone(UTC)
            for local_day in (day, day + timedelta(days=1))
        )
        return start, round((end - start) / timedelta(minutes=1))


def great_circle_km(
    latitude: FloatArray, longitude: FloatArray, to_latitude: FloatArray, to_longitude: FloatArray
) -> FloatArray:
    """Great-circle distance, km, between places in degrees; the shapes are broadcast, NaN stays NaN.

    Source:
        Sinnott (1984), Virtues of the haversine.
    """
    latitude, longitude, to_latitude, to_longitude = map(
        np.radians, (latitude, longitude, to_latitude, to_longitude)
    )
    by_latitude = np.sin((latitude - to_latitude) / 2) ** 2
    by_longitude = np.sin((longitude - to_longitude) / 2) ** 2
    half = by_latitude + np.cos(latitude) * np.cos(to_latitude) * by_longitude
    distance: FloatArray = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))
    return distance


def grid_km(
    latitude: FloatArray, longitude: FloatArray, to_latitude: FloatArray, to_longitude: FloatArray
) -> FloatArray:
    """Distance along a grid of streets that run north to south and east to west, km; as above."""
    latitude, longitude, to_latitude, to_longitude = map(
        np.radians, (latitude, longitude, to_latitude, to_longitude)
    )
    north = np.abs(latitude - to_latitude)
    east = np.abs(longitude - to_longitude) * np.cos((latitude + to_latitude) / 2)
    distance: FloatArray = EARTH_RADIUS_KM * (north + east)
    return distance


@dataclass(frozen=True, slots=True)
class _Changes:
    """Instants at which a zone's offset from UTC changes, and the offsets before, between and after them."""

    at_us: IntArray
    offsets_us: IntArray


@cache
def _changes(name: str) -> _Changes:
    """The rules of a zone as a table: asking them instant by instant costs microseconds each."""
    zone, step = ZoneInfo(name), timedelta(days=14)
    instant, end = datetime(_FIRST_YEAR - 1, 12, 1, tzinfo=UTC), datetime(_LAST_YEAR + 1, 2, 1, tzinfo=UTC)
    starts, offsets = [], [_offset(instant, zone)]
    while instant < end:
        if _offset(instant + step, zone) != offsets[-1]:
            starts.append(_change_between(instant, instant + step, zone))
            offsets.append(_offset(instant + step, zone))
        instant += step
    return _Changes(
        np.asarray([(start - _EPOCH) // _MICROSECOND for start in starts], dtype=np.int64),
        np.asarray([offset // _MICROSECOND for offset in offsets], dtype=np.int64),
    )


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    if offset is None:
        raise AssertionError("an aware instant has an offset")
    return offset


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first second with the offset of ``high``."""
    before = _offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high
