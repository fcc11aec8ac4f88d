"""The live handle answers with one whole version, or says why it cannot."""

from __future__ import annotations

import pytest

from drivetrain.core.errors import ModelNotReadyError
from drivetrain.lifecycle.predictions import Asked, ModelRef, Predictor

FIRST, SECOND = ModelRef("m", "1"), ModelRef("m", "2")


def load(files, ref):
    if b"broken" in files.values():
        raise ValueError("broken")
    return (files["f"], ref)


def test_before_the_first_version_the_handle_says_that_none_was_released():
    predictor = Predictor("m", load)
    with pytest.raises(ModelNotReadyError, match="no version has been released yet"):
        predictor.current()
    assert predictor.ref is None


def test_a_swap_replaces_the_version_whole():
    predictor = Predictor("m", load)
    predictor.swap({"f": b"one"}, FIRST)
    held = predictor.current()
    predictor.swap({"f": b"two"}, SECOND)
    assert held == (b"one", FIRST)  # whoever answers with the old one goes on answering with it
    assert predictor.current() == (b"two", SECOND)
    assert (predictor.ref, predictor.reason) == (SECOND, "")


def test_a_version_that_cannot_be_loaded_leaves_the_served_one_alone():
    predictor = Predictor("m", load)
    predictor.swap({"f": b"one"}, FIRST)
    with pytest.raises(ValueError, match="broken"):
        predictor.swap({"f": b"broken"}, SECOND)
    assert predictor.current() == (b"one", FIRST)
    assert predictor.ref == FIRST


def test_the_reason_of_a_refusal_is_told_and_forgotten_again():
    predictor = Predictor("m", load)
    predictor.refuse("version 1 is damaged")
    with pytest.raises(ModelNotReadyError, match="version 1 is damaged"):
        predictor.current()
    predictor.swap({"f": b"one"}, FIRST)
    assert predictor.reason == ""
    predictor.refuse("version 2 is damaged")
    predictor.keep()
    assert predictor.reason == ""


def test_waiting_time_is_counted_in_microseconds_from_the_arrival(monkeypatch):
    asked = Asked("caller", "request", started=10.0)
    monkeypatch.setattr("time.perf_counter", lambda: 10.0025)
    assert asked.waited_us() == 2_500
