"""Memory is given back: garbage first, then whole pages where the system's allocator can."""

from __future__ import annotations

import ctypes
import gc
import weakref
from types import SimpleNamespace

import pytest

from drivetrain.adapters.embedded import memory


class Node:
    """Refers to itself, so that only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


def test_cycles_are_collected() -> None:
    gc.disable()
    try:
        alive = weakref.ref(Node())
        assert alive() is not None
        memory.give_back()
        assert alive() is None
    finally:
        gc.enable()


def test_free_pages_are_given_back_after_the_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(gc, "collect", lambda: calls.append("collect"))
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(malloc_trim=calls.append))
    memory.give_back()
    assert calls == ["collect", 0]


def test_an_allocator_that_cannot_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """musl has no ``malloc_trim``."""
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())
    memory.give_back()


def test_other_systems_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: pytest.fail("there is no glibc"))
    memory.give_back()
