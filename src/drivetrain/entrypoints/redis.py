"""``python -m drivetrain.entrypoints.redis``: becomes the embedded Redis server; `drivetrain up` keeps one running."""

from __future__ import annotations

import sys

from drivetrain.bootstrap.redis_server import serve_redis
from drivetrain.core.errors import UnavailableError

if __name__ == "__main__":
    try:
        serve_redis()
    except UnavailableError as error:
        sys.exit(error.detail)
