"""A heartbeat goes on until it is stopped or asks to end."""

from __future__ import annotations

import threading

from drivetrain.core.heartbeat import Heartbeat


def test_it_beats_until_the_block_ends():
    third, beats = threading.Event(), []

    def beat() -> bool:
        beats.append(threading.current_thread().name)
        if len(beats) == 3:
            third.set()
        return True

    with Heartbeat("pulse", beat, 0.001):
        assert third.wait(10)
    count = len(beats)
    assert set(beats) == {"pulse"}
    assert not any(thread.name == "pulse" for thread in threading.enumerate())
    assert len(beats) == count


def test_a_beat_that_says_no_is_the_last_one():
    ended, beats = threading.Event(), []

    def beat() -> bool:
        beats.append(1)
        ended.set()
        return False

    heartbeat = Heartbeat("pulse", beat, 0.001)
    heartbeat.start()
    assert ended.wait(10)
    heartbeat.stop()
    assert beats == [1]


def test_it_does_not_beat_before_one_interval_is_over():
    beats: list[int] = []
    with Heartbeat("pulse", lambda: bool(beats.append(1)), 3600):
        pass
    assert beats == []
