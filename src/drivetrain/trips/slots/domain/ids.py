"""Identifiers of rides: the same for the same slot and number, whoever computes them (UUID version 8, RFC 9562).

Octets 0 to 5 hold the slot's instant as Unix milliseconds, as version 7 has it: ids sort by slot, new rows
come to the right end of an index, and a window of time is a range of ids. Octets 12 to 15 hold the number of
the ride in its slot. What lies between is fixed. Nothing is hashed and nothing drawn, so two rides cannot
share an id, and an id tells to which slot and ride it belongs.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.errors import InvalidInputError

MOST_RIDES = 1 << 32
"""The number of a ride has 32 bits."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Slots before it have no ids."""

_NAMESPACE = bytearray(sha256(b"drivetrain ride of a slot").digest()[:6])
_NAMESPACE[0] = 0x80 | (_NAMESPACE[0] & 0x0F)  # version 8: free layout
_NAMESPACE[2] = 0x80 | (_NAMESPACE[2] & 0x3F)  # variant of RFC 9562


def trip_ids(slot_at: datetime, count: int) -> NDArray[np.void]:
    """The ids of rides 0 to ``count - 1`` of a slot.

    Returns:
        Shape (count,), dtype ``V16``: the octets of each id, big-endian as they are written.

    Raises:
        InvalidInputError: more rides than ``MOST_RIDES``.
    """
    if count > MOST_RIDES:
        raise InvalidInputError(f"A slot holds at most {MOST_RIDES:,} rides.", code="trips.too_many_rides")
    octets = np.empty((count, 16), dtype=np.uint8)
    octets[:, :12] = np.frombuffer(_head(slot_at), dtype=np.uint8)
    octets[:, 12:] = np.arange(count, dtype=">u4").view(np.uint8).reshape(count, 4)
    return octets.view("V16").reshape(count)


def trip_id(slot_at: datetime, number: int) -> UUID:
    """The id of one ride."""
    return UUID(bytes=_head(slot_at) + number.to_bytes(4, "big"))


def fixed_octets() -> bytes:
    """Octets 6 to 11, the same in every id."""
    return bytes(_NAMESPACE)


def _head(slot_at: datetime) -> bytes:
    return ((slot_at - EARLIEST) // timedelta(milliseconds=1)).to_bytes(6, "big") + fixed_octets()
