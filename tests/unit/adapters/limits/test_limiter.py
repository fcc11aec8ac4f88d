"""What is counted while Redis is away: passwords in the database and stricter, everything else in memory."""

from __future__ import annotations

from redis import ConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError

from drivetrain.adapters.limits.limiter import AWAY_FOR_S, RedisFirstLimiter
from drivetrain.core.limits import RateRule

CHAT = RateRule("conversations.write", hits=3, window_s=60)
SIGN_IN = RateRule("sessions.sign_in.account", hits=10, window_s=300, guards_password=True)


class Hits:
    """Remembers what it was asked, and refuses after as many hits as it may count."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int, int]] = []

    def hit(self, rule: str, subject: str, most: int, window_s: int) -> int | None:
        """Count."""
        self.asked.append((rule, subject, most, window_s))
        return None if len(self.asked) <= most else 9


def test_memory_counts_each_subject_and_says_when_to_try_again() -> None:
    limiter = RedisFirstLimiter(None, Hits())
    assert [limiter.hit(CHAT, "ada") for _ in range(3)] == [None, None, None]
    retry_after_s = limiter.hit(CHAT, "ada")
    assert retry_after_s is not None and 1 <= retry_after_s <= CHAT.window_s
    assert limiter.hit(CHAT, "grace") is None


def test_passwords_are_counted_in_the_database_with_half_the_hits() -> None:
    hits = Hits()
    limiter = RedisFirstLimiter(None, hits)
    answers = [limiter.hit(SIGN_IN, "hash of an address") for _ in range(6)]
    assert answers == [None] * 5 + [9]
    assert hits.asked[0] == (SIGN_IN.name, "hash of an address", 5, 300)


def test_a_redis_that_does_not_answer_is_left_alone_for_a_while() -> None:
    made: list[int] = []

    class NoPool(ConnectionPool):
        def get_connection(self, *_: object, **__: object) -> object:  # type: ignore[override]
            made.append(1)
            raise RedisConnectionError

    now_s = [100.0]
    hits = Hits()
    limiter = RedisFirstLimiter(NoPool(host="nowhere.invalid"), hits, monotonic_s=lambda: now_s[0])
    tried = len(made)
    assert limiter.hit(CHAT, "ada") is None
    first_try = len(made)
    assert first_try > tried
    assert limiter.hit(SIGN_IN, "ada") is None and len(hits.asked) == 1
    assert len(made) == first_try
    now_s[0] += AWAY_FOR_S
    assert limiter.hit(CHAT, "ada") is None
    assert len(made) > first_try
