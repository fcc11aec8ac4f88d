"""Where the events of a key stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivetrain.core.event_log import EventTopic


@given(st.text(), st.integers(1, 64))
def test_a_key_has_one_partition_of_those_there_are(key: str, partitions: int) -> None:
    topic = EventTopic("t", partitions)
    assert 0 <= topic.partition(key) < partitions
    assert topic.partition(key) == EventTopic("other", partitions).partition(key)


def test_the_place_of_a_key_never_changes() -> None:
    """Events that were appended years ago must still be found under their key."""
    topic = EventTopic("t", 8)
    assert [topic.partition(key) for key in ("driver_1", "driver_2", "driver_3", "Ärger")] == [1, 3, 5, 3]
