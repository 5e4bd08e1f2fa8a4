"""Settings of the services, read from `HANDOFF_*` at the top of each process and nowhere else."""

import socket
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.process.setting_types import (
    holds_certificates,
    is_broker,
    is_mailbox,
    is_origin,
    is_postgresql,
    is_url,
    is_web_address,
)

DATABASE_URL_FILE = "database-url"
"""Where the launcher writes the address of the embedded database, inside the data folder (mode 600)."""

_YEARS = range(1970, 3000)
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class InvalidSettings(ValueError):
    """A line for each setting that cannot be, with its name. It quotes no value that may hold a secret."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__("\n".join(_refusal(problem["loc"], problem["msg"]) for problem in error.errors()))


def _refusal(location: tuple[int | str, ...], message: str) -> str:
    name = f"HANDOFF_{location[0]}: ".upper() if location else ""
    return name + message.removeprefix("Value error, ")


class Settings(BaseSettings):
    """What all services share. Durations are real seconds. Raises InvalidSettings, before a process does anything.

    `instance` names a process among those of its service, lastingly: by default it is the only one on its host.
    """

    model_config = SettingsConfigDict(env_prefix="HANDOFF_", extra="ignore", env_ignore_empty=True)

    data_dir: Path = Path(".data")
    database_url: str = ""
    migrate_database_url: str = ""
    clock_start: datetime | None = None
    clock_rate: float = Field(default=1.0, gt=0, le=100_000)
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    worker_port: int = Field(default=8081, ge=0, le=65535)
    notifier_port: int = Field(default=8082, ge=0, le=65535)
    listen_fd: int | None = None
    bootstrap_key: str = ""
    public_url: str = ""
    cors_origins: str = ""
    demo_sign_in: bool = False
    smtp_url: str = ""
    smtp_from: str = ""
    sms_url: str = ""
    sms_account: str = ""
    sms_token: str = ""
    sms_from: str = ""
    whatsapp_url: str = ""
    whatsapp_token: str = ""
    whatsapp_phone_id: str = ""
    whatsapp_app_secret: str = ""
    whatsapp_verify_token: str = ""
    email_callback_secret: str = ""
    webhook_private: bool = False
    kafka_bootstrap_servers: str = ""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_sasl_username: str = ""
    kafka_sasl_password: str = ""
    kafka_ssl_cafile: Path | None = None
    kafka_partitions: int = Field(default=12, ge=1, le=10_000)
    sink_url: str = ""
    instance: str = Field(default_factory=lambda: f"{socket.gethostname()}-0", pattern=r"^[A-Za-z0-9._-]{1,200}$")
    log_level: str = "INFO"

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise InvalidSettings(error) from None

    @field_validator("database_url", "migrate_database_url")
    @classmethod
    def _of_postgresql(cls, value: str) -> str:
        if value and not is_postgresql(value):
            raise ValueError("needs postgresql://user:password@host:port/database")
        return value

    @field_validator("public_url", "whatsapp_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not is_web_address(value):
            raise ValueError("needs a web address without name and password, as https://host/path")
        return value

    @field_validator("sms_url")
    @classmethod
    def _web_addresses(cls, value: str) -> str:
        if value and not all(is_web_address(one.strip()) for one in value.split(",")):
            raise ValueError("needs web addresses without name and password, as https://host/path, separated by commas")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        if value and not is_url(value, "smtp", "smtps"):
            raise ValueError("needs smtp://user:password@host:port, or smtps://…")
        return value

    @field_validator("smtp_from")
    @classmethod
    def _mailbox(cls, value: str) -> str:
        if value and not is_mailbox(value):
            raise ValueError("needs an e-mail address, as handoff@dealer.example")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in _LOG_LEVELS:
            raise ValueError(f"needs one of {', '.join(_LOG_LEVELS)}")
        return value

    @field_validator("clock_start")
    @classmethod
    def _with_offset(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("needs an offset, for example 2026-11-20T09:00:00Z")
        if value is not None and value.year not in _YEARS:
            raise ValueError(f"needs a year from {_YEARS[0]} to {_YEARS[-1]}, with room for promises on either side")
        return value

    @field_validator("kafka_bootstrap_servers")
    @classmethod
    def _brokers(cls, value: str) -> str:
        addresses = [address.strip() for address in value.split(",")] if value else []
        if not all(map(is_broker, addresses)):
            raise ValueError("needs host:port, several separated by commas")
        return ",".join(addresses)

    @field_validator("kafka_ssl_cafile")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}")
        if value is not None and not holds_certificates(value):
            raise ValueError(f"there are no certificates (PEM) in {value}")
        return value

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

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: str) -> str:
        origins = [origin.strip() for origin in value.split(",") if origin.strip()]
        if not all(origin == "*" or is_origin(origin) for origin in origins):
            raise ValueError("needs origins such as https://app.example, several separated by commas, or *")
        return ",".join(origins)

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The origins whose pages may call."""
        return tuple(filter(None, self.cors_origins.split(",")))

    def database_address(self) -> str:
        """The database the services connect to, as SQLAlchemy wants it.

        Raises RuntimeError when none is set and no embedded one has been started in the data folder.
        """
        return async_address(self.database_url or self._embedded())

    def migrate_address(self) -> str:
        """The address of the tables' owner, for the migrate job."""
        return async_address(self.migrate_database_url or self.database_url or self._embedded())

    def _embedded(self) -> str:
        path = self.data_dir / DATABASE_URL_FILE
        if not path.exists():
            raise RuntimeError(
                "no HANDOFF_DATABASE_URL and no embedded database in HANDOFF_DATA_DIR: start it with `handoff up`"
            )
        return path.read_text().strip()


def async_address(url: str) -> str:
    """`postgresql://…` in the form that names the driver."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+asyncpg://" + url.removeprefix(scheme)
    return url
