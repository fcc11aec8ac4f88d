"""Settings of the events of dispatch."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.core.errors import InvalidInputError
from drivetrain.dispatch.events.domain.places import read_cities
from drivetrain.dispatch.events.domain.reading import Limits


class EventSettings(SettingsGroup):
    """Which events are accepted, and how long they are kept."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_DISPATCH_")

    cities: str | None = Field(
        default=None,
        max_length=4_000,
        description="Cities served, `name=south,west,north,east` in degrees, separated by `;`; anywhere without it.",
    )
    clock_ahead_s: float = Field(
        default=60.0, ge=0, le=3_600, description="Most that a device's clock may be ahead, seconds."
    )
    late_s: float = Field(
        default=86_400.0,
        gt=0,
        le=86_400,  # no more than the shortest time that events are kept: who sends a request again must find it
        description="Events that occurred longer ago are refused, seconds.",
    )
    event_days: int = Field(
        default=7, ge=1, le=90, description="Days that events and requests of riders are kept."
    )

    @field_validator("cities")
    @classmethod
    def _are_cities(cls, text: str | None) -> str | None:
        try:
            read_cities(text or "")
        except InvalidInputError as error:
            raise ValueError(error.detail) from None
        return text

    @property
    def limits(self) -> Limits:
        """What an event may say."""
        return Limits(self.clock_ahead_s, self.late_s, read_cities(self.cities or ""))


class KafkaSettings(SettingsGroup):
    """A topic of Kafka whose messages are taken in as events."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_DISPATCH_KAFKA_")

    servers: str | None = Field(
        default=None,
        pattern=r"^[^\s,/@]+:\d+(,[^\s,/@]+:\d+)*$",
        description="Kafka brokers to take events of dispatch from, `host:port` separated by commas; none without it.",
    )
    topic: str = Field(
        default="dispatch-events",
        pattern=r"^[A-Za-z0-9._-]{1,249}$",
        description="The topic: one event a message, JSON.",
    )
    group: str = Field(
        default="drivetrain",
        min_length=1,
        max_length=200,
        description="Consumer group; installations that each want all events need one each.",
    )
    start: str = Field(
        default="earliest",
        pattern="^(earliest|latest)$",
        description="Where a topic that was never read is begun: `earliest` or `latest`.",
    )
    security: str = Field(
        default="plaintext",
        pattern="^(plaintext|ssl|sasl_plaintext|sasl_ssl)$",
        description="Connection to Kafka: `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`.",
    )
    sasl_mechanism: str = Field(
        default="SCRAM-SHA-512",
        pattern=r"^(PLAIN|SCRAM-SHA-256|SCRAM-SHA-512)$",
        description="How to sign in at Kafka with `sasl_...`: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.",
    )
    username: str | None = Field(default=None, description="User at Kafka, with `sasl_...`.")
    password: SecretStr | None = Field(default=None, description="Password of that user.")
    ca_file: Path | None = Field(
        default=None,
        description="Certificates (PEM) that those of the brokers are checked by; without it the system's.",
    )
    certificate_file: Path | None = Field(
        default=None, description="Our certificate (PEM), where the brokers ask for one."
    )
    key_file: Path | None = Field(
        default=None, description="Key (PEM, without password) of that certificate."
    )
