"""Answers whose time says nothing about what was done for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import ceil

from starlette.concurrency import run_in_threadpool

STEP_S = 0.25
"""Answers are sent at whole multiples of this after the request: several times what writing a row and a message takes,
and nothing that a person who waits for a mail would notice."""


async def at_steady_pace(work: Callable[[], None]) -> None:
    """Do the work, and wait for the next step of the clock that began with it, also when it fails."""
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    try:
        await run_in_threadpool(work)
    finally:
        steps = max(1, ceil((loop.time() - began_at) / STEP_S))
        await asyncio.sleep(began_at + steps * STEP_S - loop.time())
