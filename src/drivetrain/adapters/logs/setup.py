"""Set up the logs of a process: JSON for machines, one line an event, on standard error."""

from __future__ import annotations

import logging
import sys

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

_SECRET_WORDS = ("key", "token", "secret", "password", "authorization")


def configure_logs(level: str, *, process: str) -> None:
    """Write events from ``level`` up as JSON lines; other libraries' warnings go the same way.

    Args:
        level: DEBUG, INFO, WARNING or ERROR.
        process: what this process is, for example ``api-0``.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _hide_secrets,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.BytesLoggerFactory(file=sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)


def _dumps(event: EventDict, **_: object) -> bytes:
    return orjson.dumps(event, default=repr)


def _hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for name in event:
        if any(word in name.lower() for word in _SECRET_WORDS):
            event[name] = "***"
    return event


class _Forward(logging.Handler):
    """Sends other libraries' log records through the same pipe."""

    def emit(self, record: logging.LogRecord) -> None:
        """Forward one record."""
        log = structlog.get_logger(record.name)
        log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)
