"""Hashes of passwords by Argon2id, one at a time on every two cores, at a lower priority than answers."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from drivetrain.core.errors import TooManyRequestsError
from drivetrain.core.locks import lock

MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
"""19 MiB, two passes: the OWASP cheat sheet's first choice, about 20 ms of one core."""

MOST_WAITING = 50
"""Hashes that may wait in one process, about a second of work on a quiet machine."""

_NICENESS = 5

_AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
"""Hashes at once on one machine. Each fills a core and its caches for a moment; one core in two is left for answers."""

T = TypeVar("T")


class Argon2Hasher:
    """The port ``PasswordHasher``.

    Args:
        turns: folder of the files by which the processes of a machine take turns; None where there is one process.
    """

    def __init__(self, turns: Path | None = None) -> None:
        self._turns = turns
        self._hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES)
        self._nobody = self._hasher.hash(os.urandom(16))
        self._threads = ThreadPoolExecutor(1, "password", initializer=_lower_priority)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The encoded hash.

        Raises:
            TooManyRequestsError: too many wait already.
        """
        return await self._in_turn(lambda: self.hash_now(password))

    def hash_now(self, password: str) -> str:
        """The encoded hash, in the thread of the caller."""
        return self._hasher.hash(password)

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Whether the password is the one; without a hash it takes as long, against the hash of nobody.

        Raises:
            TooManyRequestsError: too many wait already.
        """
        is_the_one = await self._in_turn(lambda: self._verify(encoded or self._nobody, password))
        return is_the_one and encoded is not None

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise TooManyRequestsError(
                "Too many people are signing in at once; try again in a moment.", retry_after_s=2
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._alone, work)
        finally:
            self._waiting -= 1

    def _alone(self, work: Callable[[], T]) -> T:
        with self._turn():
            return work()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the processes that share a file with this one. Where no file can be locked nobody waits."""
        with ExitStack() as stack:
            if self._turns is not None:
                path = self._turns / f"password-{os.getpid() % _AT_ONCE}.lock"
                with suppress(OSError):
                    lock(stack.enter_context(path.open("ab")))
            yield

    def _verify(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False


def _lower_priority() -> None:
    """Let this thread alone give way: on Linux a thread has a priority of its own."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
