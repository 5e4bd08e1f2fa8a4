"""Settings of a process, read from `HANDOFF_*` once at its start. Each program adds a class of its own to these."""

import socket
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.process.setting_types import Brokers, CertificateFile, ClockStart, LogLevel, PostgresUrl

DATABASE_URL_FILE = "database-url"
"""Where the launcher writes the address of the embedded database, inside the data folder (mode 600)."""

Port = Field(ge=0, le=65535)
"""The bounds of a port; 0 takes any free one."""


class InvalidSettings(ValueError):
    """A line for each setting that cannot be, with its name. It quotes no value that may hold a secret."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__("\n".join(_refusal(problem["loc"], problem["msg"]) for problem in error.errors()))


def _refusal(location: tuple[int | str, ...], message: str) -> str:
    name = f"HANDOFF_{location[0]}: ".upper() if location else ""
    return name + message.removeprefix("Value error, ")


class Settings(BaseSettings):
    """What every program has: data folder, database, clock, brokers, log. Raises InvalidSettings when it is made.

    `instance` names a process among those of its service, lastingly: by default it is the only one on its host.
    """

    model_config = SettingsConfigDict(env_prefix="HANDOFF_", extra="ignore", env_ignore_empty=True)

    data_dir: Path = Path(".data")
    database_url: PostgresUrl = ""
    clock_start: ClockStart | None = None
    clock_rate: float = Field(default=1.0, gt=0, le=100_000)
    kafka_bootstrap_servers: Brokers = ""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_sasl_username: str = ""
    kafka_sasl_password: str = ""
    kafka_ssl_cafile: CertificateFile | None = None
    kafka_partitions: int = Field(default=12, ge=1, le=10_000)
    instance: str = Field(default_factory=lambda: f"{socket.gethostname()}-0", pattern=r"^[A-Za-z0-9._-]{1,200}$")
    log_level: LogLevel = "INFO"

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise InvalidSettings(error) from None

    @model_validator(mode="after")
    def _kafka_security_agrees(self) -> Self:
        sasl = self.kafka_security_protocol.startswith("SASL")
        if sasl and not (self.kafka_sasl_username and self.kafka_sasl_password):
            raise ValueError(
                f"HANDOFF_KAFKA_SECURITY_PROTOCOL={self.kafka_security_protocol} needs HANDOFF_KAFKA_SASL_USERNAME"
                " and HANDOFF_KAFKA_SASL_PASSWORD"
            )
        if not sasl and (self.kafka_sasl_username or self.kafka_sasl_password):
            raise ValueError(
                "HANDOFF_KAFKA_SASL_USERNAME and HANDOFF_KAFKA_SASL_PASSWORD need HANDOFF_KAFKA_SECURITY_PROTOCOL"
                " SASL_SSL or SASL_PLAINTEXT"
            )
        if self.kafka_ssl_cafile and not self.kafka_security_protocol.endswith("SSL"):
            raise ValueError("HANDOFF_KAFKA_SSL_CAFILE needs HANDOFF_KAFKA_SECURITY_PROTOCOL SSL or SASL_SSL")
        return self

    @model_validator(mode="after")
    def _own_clock_only_when_embedded(self) -> Self:
        if self.database_url and (self.clock_start or self.clock_rate != 1.0):
            raise ValueError(
                "HANDOFF_CLOCK_START and HANDOFF_CLOCK_RATE need the embedded database (no HANDOFF_DATABASE_URL)"
            )
        return self

    def database_address(self) -> str:
        """The database the program connects to, as SQLAlchemy wants it.

        Raises RuntimeError when none is set and no embedded one has been started in the data folder.
        """
        return async_address(self.database_url or self._embedded())

    def _embedded(self) -> str:
        path = self.data_dir / DATABASE_URL_FILE
        if not path.exists():
            raise RuntimeError(
                "no HANDOFF_DATABASE_URL and no embedded database in HANDOFF_DATA_DIR: start it with `handoff up`"
            )
        return path.read_text().strip()


class ServiceSettings(Settings, ABC):
    """Settings of a program that listens: on `http_host` and its own `port`, or on a socket that it is handed."""

    http_host: str = "127.0.0.1"
    listen_fd: int | None = None

    @property
    @abstractmethod
    def port(self) -> int:
        """The port to listen on; 0 takes any free one."""


def async_address(url: str) -> str:
    """`postgresql://…` in the form that names the driver."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+asyncpg://" + url.removeprefix(scheme)
    return url
