"""Reaching a Kafka cluster: where it is, how to sign in, and what its errors mean to a caller."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException

from drivetrain.core.errors import InvalidInputError, UnavailableError

REQUEST_TIMEOUT_S = 5.0
"""Longest wait for one answer of a broker."""

Options = dict[str, str | int | float | bool]
"""Of librdkafka, by name."""

_WRONG_SETTINGS = {KafkaError._INVALID_ARG, KafkaError._INCONSISTENT, KafkaError._NOT_IMPLEMENTED}


def silent_logger() -> logging.Logger:
    """Where the library's own lines go: nowhere. It writes dozens a second while a broker is away."""
    logger = logging.getLogger("drivetrain.kafka.library")
    logger.disabled = True
    return logger


@dataclass(frozen=True, slots=True)
class KafkaCluster:
    """Where a cluster is, and how to sign in there.

    Attributes:
        servers: some of its brokers, ``host:port`` separated by commas.
        security: ``plaintext``, ``ssl``, ``sasl_plaintext`` or ``sasl_ssl``.
        sasl_mechanism: ``PLAIN``, ``SCRAM-SHA-256`` or ``SCRAM-SHA-512``; read only with ``sasl_...``.
        ca_file: certificates (PEM) that the brokers' ones are checked by; those of the system without it.
        certificate_file: our own certificate (PEM), where the brokers ask for one; its key is in ``key_file``.
    """

    servers: str
    security: str = "plaintext"
    sasl_mechanism: str = "PLAIN"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    def options(self) -> Options:
        """What librdkafka is told of it."""
        options: Options = {
            "bootstrap.servers": self.servers,
            "security.protocol": self.security,
            "client.id": "drivetrain",
            "socket.timeout.ms": 10_000,
            "reconnect.backoff.max.ms": 2_000,
            "log_level": 0,
        }
        if self.security.startswith("sasl_"):
            options |= {
                "sasl.mechanism": self.sasl_mechanism,
                "sasl.username": self.username,
                "sasl.password": self.password,
            }
        files = {
            "ssl.ca.location": self.ca_file,
            "ssl.certificate.location": self.certificate_file,
            "ssl.key.location": self.key_file,
        }
        return options | {name: str(path) for name, path in files.items() if path is not None}


@contextmanager
def translating(cause: KafkaError | None = None) -> Iterator[None]:
    """Turn the errors of the library into ours.

    Args:
        cause: what the library has told of a connection, which says more than that there was no answer.

    Raises:
        UnavailableError: no broker answers, or it refuses.
        InvalidInputError: the settings cannot be used.
    """
    try:
        yield
    except KafkaException as error:
        raise _translated(error.args[0], cause) from None


def _translated(error: KafkaError, cause: KafkaError | None) -> InvalidInputError | UnavailableError:
    if error.code() in _WRONG_SETTINGS:
        return InvalidInputError(
            f"The settings of Kafka cannot be used: {error.str()}.",
            code="kafka.settings_invalid",
        )
    return unavailable(cause or error)


def unavailable(error: KafkaError) -> UnavailableError:
    """The error as a state that passes."""
    return UnavailableError(f"Kafka cannot be read: {error.str()}.", code="kafka.unavailable")
