"""Counting the work of a piece of code: calls and memory, never time."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """Calls of functions, in Python and in C, that this thread makes while the block runs: by file and name.

    A function in C counts for the file that calls it. What the event loop itself does is left out: how often it turns
    depends on the time. No garbage is collected meanwhile: callbacks of the collector (Hypothesis leaves one) and
    finalizers would count.
    """
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: Any) -> None:
        file = frame.f_code.co_filename
        if "/asyncio/" in file or "/selectors.py" in file:
            return
        file = file.rpartition("/site-packages/")[2].rpartition("/src/")[2]
        if event == "call":
            calls[f"{file}:{frame.f_code.co_qualname}"] += 1
        elif event == "c_call":
            calls[f"{file}:{getattr(argument, '__qualname__', argument)}"] += 1

    before, is_collecting = sys.getprofile(), gc.isenabled()
    gc.collect()
    gc.disable()
    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(before)
        if is_collecting:
            gc.enable()


class TracedMemory:
    """The memory of a block beyond what there was before.

    Attributes:
        peak_bytes: the most that it held at one time.
        kept_bytes: what it still holds at its end, without garbage.
    """

    peak_bytes = kept_bytes = 0

    def __enter__(self) -> TracedMemory:
        tracemalloc.start()
        tracemalloc.reset_peak()
        self._before = tracemalloc.get_traced_memory()[0]
        return self

    def __exit__(self, *_: object) -> None:
        self.peak_bytes = tracemalloc.get_traced_memory()[1] - self._before
        gc.collect()
        self.kept_bytes = tracemalloc.get_traced_memory()[0] - self._before
        tracemalloc.stop()
