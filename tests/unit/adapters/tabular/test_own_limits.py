"""A process that reads a stranger's file is bounded while it does, and as before afterwards."""

from __future__ import annotations

import resource
import signal
from dataclasses import replace

import pytest

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.own_limits import own_limits
from drivetrain.core.errors import InvalidInputError, UnreadableInputError

LIMITS = ParseLimits()


def limits_now() -> list[object]:
    kinds = (resource.RLIMIT_DATA, resource.RLIMIT_CPU)
    return [*map(resource.getrlimit, kinds), signal.getsignal(signal.SIGALRM)]


def test_too_much_memory_is_refused_and_given_back() -> None:
    before = limits_now()
    with pytest.raises(UnreadableInputError) as refused, own_limits(replace(LIMITS, memory_bytes=64 << 20)):
        bytearray(256 << 20)
    assert refused.value.code == "input.parse_failed"
    assert limits_now() == before
    assert len(bytearray(256 << 20)) == 256 << 20


def test_what_takes_too_long_is_refused() -> None:
    before = limits_now()
    with pytest.raises(UnreadableInputError) as refused, own_limits(replace(LIMITS, wall_s=0.01)):
        while True:
            pass
    assert refused.value.code == "input.parse_timeout"
    assert limits_now() == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_processor_time_is_bounded_beyond_what_was_used() -> None:
    with own_limits(replace(LIMITS, cpu_s=7)):
        usage = resource.getrusage(resource.RUSAGE_SELF)
        assert 0 < resource.getrlimit(resource.RLIMIT_CPU)[0] - usage.ru_utime - usage.ru_stime <= 8


def test_another_refusal_passes_as_it_is() -> None:
    with pytest.raises(InvalidInputError), own_limits(LIMITS):
        raise InvalidInputError("Something else.")
