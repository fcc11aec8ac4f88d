"""A load of single predictions over several connections, and an exact account of what was acknowledged."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.platform import EXAMPLE, RunningPlatform, eventually

BODY = json.dumps(dict(EXAMPLE)).encode()


@dataclass(frozen=True, slots=True)
class Reply:
    """One answered request; instants are ``time.time()``, seconds."""

    sent_at: float
    status: int
    version: str | None
    decision_id: str | None
    code: str | None


@dataclass(slots=True)
class Load:
    """What the clients have seen so far."""

    replies: list[Reply] = field(default_factory=list)
    broken: int = 0
    """Requests whose connection broke before an answer: nobody may count on them."""

    def acknowledged(self) -> list[str]:
        """Ids of the decisions that were answered."""
        return [reply.decision_id for reply in list(self.replies) if reply.decision_id is not None]

    def statuses(self) -> Counter[int]:
        """How often each status came."""
        return Counter(reply.status for reply in list(self.replies))

    def wait_for(self, more: int, within_s: float = 60) -> None:
        """Wait until so many more decisions have been acknowledged."""
        wanted = len(self.acknowledged()) + more
        assert eventually(lambda: len(self.acknowledged()) >= wanted, within_s), self.statuses()


@contextmanager
def load_on(platform: RunningPlatform, connections: int = 6) -> Iterator[Load]:
    """Ask without pause until the block ends. A connection that breaks is opened again."""
    load, finished, key = Load(), threading.Event(), platform.admin_key
    clients = [
        threading.Thread(target=_ask, args=(platform.port, key, load, finished)) for _ in range(connections)
    ]
    for client in clients:
        client.start()
    try:
        yield load
    finally:
        finished.set()
        for client in clients:
            client.join()


def _ask(port: int, key: str, load: Load, finished: threading.Event) -> None:
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while not finished.is_set():
        sent_at = time.time()
        try:
            connection.request("POST", "/rental/price?explain=false", BODY, headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):  # refused, reset, or cut short
            load.broken += 1
            connection.close()
            time.sleep(0.02)
            continue
        version = answer["model"]["version"] if response.status == 200 else None
        load.replies.append(
            Reply(sent_at, response.status, version, answer.get("decision_id"), answer.get("code"))
        )
    connection.close()
