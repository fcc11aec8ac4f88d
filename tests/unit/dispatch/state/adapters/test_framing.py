"""Arrays come back out of bytes as they went in, or not at all."""

from __future__ import annotations

import numpy as np

from drivetrain.dispatch.state.adapters.framing import frame, unframe


def test_the_head_and_the_arrays_come_back() -> None:
    array = np.arange(5, dtype="<u2")
    data = frame({"name": "Ärger"}, [array, array[:2]])
    framed = unframe(data)
    assert framed is not None
    head, start = framed
    assert head == {"name": "Ärger"}
    np.testing.assert_array_equal(np.frombuffer(data, "<u2", 7, start), [0, 1, 2, 3, 4, 0, 1])


def test_damaged_bytes_are_none() -> None:
    data = frame({}, [np.arange(3)])
    for place in range(len(data)):
        assert unframe(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]) is None
        assert unframe(data[:place]) is None
