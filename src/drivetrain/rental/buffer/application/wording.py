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


def percent(figure: Figure) -> str:
    """A share with its interval."""
    if figure["value"] is None or figure["low"] is None or figure["high"] is None:
        return share(figure["value"])
    return (
        f"{share(figure['value'])} (95 % interval {100 * figure['low']:.1f} to {100 * figure['high']:.1f} %)"
    )


def points(figure: Figure) -> str:
    """A difference of shares in percentage points with its interval."""
    if figure["value"] is None or figure["low"] is None or figure["high"] is None:
        return "unknown size"
    return f"{100 * figure['value']:.1f} points ({100 * figure['low']:.1f} to {100 * figure['high']:.1f})"


def interval(figure: Figure) -> str:
    """A figure with its interval; one that has no upper end is a ratio to nothing in some resamplings."""
    if figure["value"] is None:
        return "not defined"
    if figure["low"] is None:
        return plain(figure["value"])
    upper = "or more" if figure["high"] is None else f"to {plain(figure['high'])}"
    return f"{plain(figure['value'])} ({plain(figure['low'])} {upper})"


def precise(figure: Figure) -> str:
    """A figure between 0 and 1 with its interval, three digits."""
    value, low, high = figure["value"], figure["low"], figure["high"]
    return (
        "unknown"
        if value is None or low is None or high is None
        else f"{value:.3f} ({low:.3f} to {high:.3f})"
    )
