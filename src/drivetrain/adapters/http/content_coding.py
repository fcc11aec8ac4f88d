"""Which coding of an answer a client wants most, by its ``Accept-Encoding`` (RFC 9110, section 12.5.3)."""

from __future__ import annotations

from collections.abc import Sequence

IDENTITY = "identity"


def preferred_coding(accepted: str, offered: Sequence[str]) -> str:
    """The coding to answer in.

    Args:
        accepted: the header; empty where there is none.
        offered: codings that are there, best first, without ``identity``.

    Returns:
        The one of the highest weight; among equals the first one offered; ``identity`` where none is accepted, also
        when that is refused too: a client can do more with it than with an error.
    """
    weights = _weights(accepted)
    identity = weights.get(IDENTITY, 0.0 if weights.get("*") == 0.0 else 0.001)
    best, highest = IDENTITY, identity
    for coding in reversed(offered):
        weight = weights.get(coding, weights.get("*", 0.0))
        if weight > 0.0 and weight >= highest:
            best, highest = coding, weight
    return best


def _weights(accepted: str) -> dict[str, float]:
    """Weight in [0, 1] by coding; what cannot be read counts as not accepted."""
    weights = {}
    for part in accepted.lower().split(","):
        coding, _, parameter = part.partition(";")
        if name := coding.strip():
            weights[name] = _weight(parameter)
    return weights


def _weight(parameter: str) -> float:
    if not parameter.strip():
        return 1.0
    name, _, text = parameter.partition("=")
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if name.strip() == "q" and 0.0 <= weight <= 1.0 else 0.0
