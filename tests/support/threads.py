"""Threads that hang, as those do which wait for a database that does not answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def shared_threads_hang() -> Iterator[None]:
    """Nothing that the running loop gives to its shared threads is begun for as long as the block runs."""
    released = threading.Event()
    threads = ThreadPoolExecutor(1, "hanging")
    asyncio.get_running_loop().set_default_executor(threads)
    threads.submit(released.wait)
    try:
        yield
    finally:
        released.set()
