"""How often something may be done: rules by name, and the port that counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from drivetrain.core.errors import TooManyRequestsError


@dataclass(frozen=True, slots=True)
class RateRule:
    """So many hits of one subject in so many seconds, in a window that slides.

    Attributes:
        name: stable, for example ``sessions.sign_in.address``; two rules of one name count together.
        hits: most of them in a window, >= 1.
        window_s: length of the window, seconds, >= 1.
        guards_password: whether passwords could be guessed without it. Such a rule is counted in PostgreSQL, with
            half the hits, while Redis is away; any other in the memory of each process.
    """

    name: str
    hits: int
    window_s: int
    guards_password: bool = False


class RateLimiter(Protocol):
    """Counts hits. Blocking: call it from a thread."""

    def hit(self, rule: RateRule, subject: str) -> int | None:
        """Count one hit, unless the subject has had all that the rule allows.

        Args:
            subject: whose hits are counted: an address, the id of a person, the hash of an e-mail address. It
                stands in the store for as long as the window lasts.

        Returns:
            None where the hit is allowed; else the seconds until one will be, >= 1.

        Raises:
            UnavailableError: a rule that guards passwords cannot be counted anywhere.
        """
        ...


def require_room(limiter: RateLimiter, hits: Sequence[tuple[RateRule, str]]) -> None:
    """Count a hit of each rule, in this order.

    Raises:
        TooManyRequestsError: ``limits.too_many_requests``; a rule allows no more now. Those after it are not counted.
        UnavailableError: a rule that guards passwords cannot be counted anywhere.
    """
    for rule, subject in hits:
        retry_after_s = limiter.hit(rule, subject)
        if retry_after_s is not None:
            raise TooManyRequestsError(
                f"There were too many of these requests ({rule.name}); try again in {retry_after_s} s.",
                retry_after_s=retry_after_s,
            )
