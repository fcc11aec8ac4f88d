"""A browser's stream of server-sent events, read on a thread."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

import httpx

PATIENCE_S = 60.0


class EventStream:
    """One open request.

    Attributes:
        status: of the answer; 0 before it has begun.
        last: id of the last event, as a browser remembers it.
        events: their data, in order.
    """

    def __init__(
        self, address: str, headers: Mapping[str, str], last: str | None = None, **params: str
    ) -> None:
        self.status = 0
        self.last = last
        self.events: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._has_begun = self._has_ended = False
        resumed = {} if last is None else {"Last-Event-ID": last}
        self._client = httpx.Client(
            base_url=address, timeout=PATIENCE_S, headers={**headers, **resumed}, params=params
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            with self._client.stream("GET", "/events") as answer:
                self.status = answer.status_code
                for line in answer.iter_lines():
                    if line:
                        name, _, value = line.partition(": ")
                        fields[name] = value
                        continue
                    self._take(fields)
                    fields = {}
        except httpx.HTTPError:
            pass  # the server has cut it: it has ended all the same
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _take(self, fields: Mapping[str, str]) -> None:
        with self._changed:
            if "id" in fields:
                self.last = fields["id"]
                self._has_begun = True
            if "data" in fields:
                self.events.append(json.loads(fields["data"]))
            self._changed.notify_all()

    @property
    def topics(self) -> set[str]:
        """All that have changed so far."""
        return {topic for event in self.events for topic in event["topics"]}

    def begun(self) -> EventStream:
        """The stream, once the server has begun it."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._has_begun or self._has_ended, PATIENCE_S)
        assert self._has_begun, self.status
        return self

    def wait_for(self, *topics: str) -> None:
        """Wait until these have changed."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.topics >= set(topics), PATIENCE_S), self.events

    def forget(self) -> None:
        """Drop the events so far."""
        with self._changed:
            self.events.clear()

    def join(self) -> None:
        """Wait until the server has ended it."""
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        self._client.close()

    @property
    def is_open(self) -> bool:
        """Whether the server goes on with it."""
        return not self._has_ended
