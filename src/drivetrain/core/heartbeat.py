"""Calling something again and again on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

_STOP_PATIENCE_S = 5.0


class Heartbeat:
    """Calls ``beat`` every ``interval_s`` seconds, first after one interval, until it is stopped or the call asks to end."""

    def __init__(self, name: str, beat: Callable[[], bool], interval_s: float) -> None:
        """Prepare; nothing is called yet.

        Args:
            name: of the thread.
            beat: gives whether to go on; handles its own errors.
        """
        self._beat = beat
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a call that hangs is left to end by itself after five seconds."""
        self._stop.set()
        self._thread.join(_STOP_PATIENCE_S)

    def __enter__(self) -> Heartbeat:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            if not self._beat():
                return
