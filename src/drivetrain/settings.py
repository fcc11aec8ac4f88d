"""Every setting of the platform, read once from the environment (prefix ``DRIVETRAIN_``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.text import nearest

PREFIX = "DRIVETRAIN_"

GIVEN_BY_UP = "DRIVETRAIN_GIVEN_BY_UP"
"""Names to a process the variables that ``up`` has set for it, and not whoever started the platform."""

_ORIGIN = r"https?://[A-Za-z0-9.\[\]:-]+"


class Settings(SettingsGroup):
    """Typed settings of the platform with the defaults of one machine; a product's own are named by its card."""

    former_names: ClassVar[Mapping[str, str]] = {"DRIVETRAIN_TRIPS_SCHEDULER": "scheduler"}

    home: Path = Field(default=Path("var"), description="Home folder: all data of the installation.")
    data_dir: Path | None = Field(
        default=None, description="Folder with the real tables; without it synthetic ones are generated."
    )
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL 15 or newer; without it one is started under the home."
    )
    redis_url: SecretStr | None = Field(
        default=None, description="Redis 7 or Valkey; without it one is started under the home."
    )
    redis_memory_mib: int = Field(
        default=128, ge=8, le=65_536, description="Most memory for data of the Redis under the home, MiB."
    )
    host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the API listens on.")
    workers: int = Field(default=2, ge=1, le=64, description="API processes.")
    cors_origins: str | None = Field(
        default=None,
        pattern=rf"^{_ORIGIN}(, *{_ORIGIN})*$",
        description="Origins of web pages that browsers let call the API, separated by commas.",
    )
    trusted_proxies: str | None = Field(
        default=None,
        description="Addresses and networks of proxies whose `X-Forwarded-For` is believed, separated by commas.",
    )
    key_requests_per_s: float | None = Field(
        default=None, gt=0, description="Most requests per second of one key or session; no limit without it."
    )
    environment: str = Field(
        default="local", pattern=r"^[a-z]{1,12}$", description="Second part of every API key."
    )
    admin_key: SecretStr | None = Field(
        default=None, description="Admin key to use instead of a generated one."
    )
    token_ttl_s: int = Field(default=900, ge=60, le=86_400, description="Life of an access token, seconds.")
    upload_limit_mib: int = Field(default=16, ge=1, le=1024, description="Largest upload, MiB.")
    body_limit_kib: int = Field(
        default=64, ge=1, le=65_536, description="Largest JSON body of a single decision, KiB."
    )
    head_timeout_s: float = Field(
        default=20.0, gt=0, description="Longest time for the head of a request to arrive, seconds."
    )
    body_idle_s: float = Field(
        default=30.0, gt=0, description="Longest pause in the arrival of a request body, seconds."
    )
    body_bytes_per_s: float = Field(
        default=4096.0,
        gt=0,
        description="Least average speed at which a request body may arrive, bytes per second.",
    )
    batch_rows: int = Field(default=10_000, ge=1, description="Most rows in one JSON batch.")
    file_rows: int = Field(default=1_000_000, ge=1, description="Most rows in one uploaded table.")
    parse_timeout_s: float = Field(
        default=60.0, gt=0, description="Time an uploaded table may take to parse, seconds."
    )
    ledger_queue: int = Field(
        default=10_000, ge=100, description="Decisions that may wait for their group in one worker."
    )
    ledger_timeout_s: float = Field(
        default=5.0, gt=0, description="Longest time a decision may wait to become durable, seconds."
    )
    promotion_approvals: int = Field(
        default=1, ge=1, le=5, description="People who must agree before a version becomes champion."
    )
    scheduler: str = Field(
        default="plain",
        pattern="^(prefect|plain)$",
        description="What wakes scheduled work: `prefect` or `plain`.",
    )
    prefect_api_url: str | None = Field(
        default=None,
        description="API of a Prefect server that wakes the scheduled scoring; without it one is started.",
    )
    retraining_cron: str | None = Field(
        default=None,
        pattern=r"^[-0-9*,/]+( [-0-9*,/]+){4}$",
        description="When models are retrained whose table was replaced: five fields as in cron, UTC. Without it never.",
    )
    backup_folder: Path | None = Field(
        default=None,
        description="Folder of backups, on another disk than the home. Without it none are made.",
    )
    backup_cron: str = Field(
        default="0 3 * * *",
        pattern=r"^[-0-9*,/]+( [-0-9*,/]+){4}$",
        description="When a backup is made and verified: five fields as in cron, UTC.",
    )
    backup_keep: int = Field(
        default=7,
        ge=1,
        le=1_000,
        description="Backups that are kept; older ones are removed after a newer one.",
    )
    backup_longest_age_h: float = Field(
        default=49.0, gt=0, description="Age of the last good backup after which health is degraded, hours."
    )
    backup_passphrase_file: Path | None = Field(
        default=None,
        description="File with the passphrase that secrets in backups are sealed with; without it they are left out.",
    )
    web_app: Path | None = Field(
        default=None,
        description="Folder of a built web app; without it that of the package, which `up` builds in a clone.",
    )
    log_file: Path | None = Field(
        default=None,
        description="File the workers' log lines go to; without it standard error, or the home when that is a terminal.",
    )
    log_level: str = Field(
        default="INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe log line written."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _name_networks(cls, proxies: str | None) -> str | None:
        for proxy in filter(None, (part.strip() for part in (proxies or "").split(","))):
            ip_network(proxy, strict=False)  # a ValueError names what is none
        return proxies

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins of web pages that may call the API."""
        return tuple(origin.strip() for origin in (self.cors_origins or "").split(",") if origin)

    @property
    def proxies(self) -> tuple[str, ...]:
        """Proxies whose word on the address of a client is taken."""
        return tuple(proxy.strip() for proxy in (self.trusted_proxies or "").split(",") if proxy.strip())

    @property
    def data_search_path(self) -> list[Path]:
        """Folders in which real tables are looked for."""
        return [self.data_dir] if self.data_dir is not None else []


def check_settings(groups: Iterable[type[SettingsGroup]]) -> None:
    """Read the settings of some groups, so that a wrong one is named before anything is started.

    Raises:
        InvalidInputError: values cannot be used; its errors name the variables of all groups.
    """
    refusals: list[InvalidInputError] = []
    for group in groups:
        try:
            group()
        except InvalidInputError as error:
            refusals.append(error)
    if refusals:
        refusals[0].errors = tuple(error for refusal in refusals for error in refusal.errors)
        raise refusals[0]


def renamed(
    groups: Iterable[type[SettingsGroup]], environment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The former names that an environment still uses, each with the name that takes its place."""
    for group in groups:
        for former, name in group.former_names.items():
            if environment.get(former):
                yield former, group.variable(name)


def unknown(
    groups: Iterable[type[SettingsGroup]], environment: Mapping[str, str], *, internal: Iterable[str] = ()
) -> Iterator[tuple[str, str | None]]:
    """The variables with our prefix that nothing reads, each with the nearest one that is read, if any is near.

    Args:
        internal: variables that processes of the platform give to their children.
    """
    groups = tuple(groups)
    settings = {group.variable(name) for group in groups for name in group.model_fields}
    known = settings.union(internal, *(group.former_names for group in groups))
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            yield name, next(iter(nearest(name.upper(), sorted(settings), most=1)), None)
