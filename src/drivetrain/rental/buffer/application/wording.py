"""Figures as people read them: always with their interval, never with more digits than they deserve."""

from __future__ import annotations

from drivetrain.rental.buffer.application.records import Figure, Number


def plain(value: Number) -> str:
    """A number without an interval."""
    if value is None:
        return "unknown"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def share(value: Number) -> str:
    """A share as a percentage."""
    return "unknown" if value is None else f"{100 * value:.1f} %"


def percent(each: Figure) -> str:
    """A share with its interval."""
    if each["value"] is None or each["low"] is None or each["high"] is None:
        return share(each["value"])
    return f"{share(each['value'])} (95 % interval {100 * each['low']:.1f} to {100 * each['high']:.1f} %)"


def points(each: Figure) -> str:
    """A difference of shares in percentage points with its interval."""
    if each["value"] is None or each["low"] is None or each["high"] is None:
        return "unknown size"
    return f"{100 * each['value']:.1f} points ({100 * each['low']:.1f} to {100 * each['high']:.1f})"


def interval(each: Figure) -> str:
    """A figure with its interval; one that has no upper end is a ratio to nothing in some resamplings."""
    if each["value"] is None:
        return "not defined"
    if each["low"] is None:
        return plain(each["value"])
    upper = "or more" if each["high"] is None else f"to {plain(each['high'])}"
    return f"{plain(each['value'])} ({plain(each['low'])} {upper})"


def precise(each: Figure) -> str:
    """A figure between 0 and 1 with its interval, three digits."""
    value, low, high = each["value"], each["low"], each["high"]
    return (
        "unknown"
        if value is None or low is None or high is None
        else f"{value:.3f} ({low:.3f} to {high:.3f})"
    )
