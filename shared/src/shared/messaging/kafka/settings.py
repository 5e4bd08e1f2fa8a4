"""How to reach the brokers and under which names: one place for the relay, the consumers and the migrate job."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self

from aiokafka.errors import KafkaError

from shared.process.error_text import reason_of
from shared.process.settings import Settings

MESSAGE_BYTES: Final = 8 * 1024 * 1024
"""The largest batch of messages a topic takes: an event of 1 MiB fits even in what tells of its death."""

_SELDOM: Final = 10.0
CLIENT_LOGGERS: Final = (
    "aiokafka",
    "aiokafka.conn",
    "aiokafka.consumer.fetcher",
    "aiokafka.consumer.group_coordinator",
    "aiokafka.producer.sender",
)
_ANSWER_WITHIN_MS: Final = 10_000
_RETRY_MS: Final = 200


class BrokerFault(ConnectionError):
    """The brokers are away, refuse, or no longer know us. Trying again later may help: an outage, no error."""


class _Seldom(logging.Filter):
    """Lets the same trouble through once in ten seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._logged_at: dict[str, float] = {}

    def filter(self, line: logging.LogRecord) -> bool:
        """Whether the line is told."""
        if line.levelno < logging.WARNING:
            return True
        due = line.created - self._logged_at.get(line.msg, -_SELDOM) >= _SELDOM
        if due:
            self._logged_at[line.msg] = line.created
        return due


def silence_client_logs() -> None:
    """Keep the client from telling several times a second, all through an outage, that it cannot connect."""
    for logger in CLIENT_LOGGERS:
        logging.getLogger(logger).addFilter(_Seldom())


@contextmanager
def broker_faults() -> Iterator[None]:
    """Raise what the client raises as BrokerFault."""
    try:
        yield
    except KafkaError as error:
        raise BrokerFault(reason_of(error)) from error


@dataclass(frozen=True, slots=True)
class Kafka:
    """A cluster as seen by one process.

    `instance` is the process's lasting name among those of its service: started again under it, it takes its partitions
    back at once. `namespace` goes before every topic and group. `session` is how long the brokers wait for a sign of
    life before they give a reader's partitions to others, real time.
    """

    bootstrap_servers: str
    instance: str
    namespace: str = ""
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    sasl_username: str = ""
    sasl_password: str = field(default="", repr=False)
    ssl_cafile: Path | None = None
    session: timedelta = timedelta(seconds=6)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The cluster that the settings name; call it only where they name one."""
        return cls(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            instance=settings.instance,
            security_protocol=settings.kafka_security_protocol,
            sasl_mechanism=settings.kafka_sasl_mechanism,
            sasl_username=settings.kafka_sasl_username,
            sasl_password=settings.kafka_sasl_password,
            ssl_cafile=settings.kafka_ssl_cafile,
        )

    def topic(self, name: str) -> str:
        """The topic's name on the brokers."""
        return f"{self.namespace}{name}"

    def topic_name(self, topic: str) -> str:
        """Our name of a topic on the brokers."""
        return topic.removeprefix(self.namespace)

    def group(self, consumer: str) -> str:
        """The consumer group of everybody who reads under this consumer's name."""
        return f"{self.namespace}handoff.{consumer}"

    def client_options(self) -> dict[str, Any]:
        """What every client is made with. Raises OSError when the file of authorities cannot be read."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers.split(","),
            "client_id": f"handoff-{self.instance}",
            "security_protocol": self.security_protocol,
            "request_timeout_ms": _ANSWER_WITHIN_MS,
            "retry_backoff_ms": _RETRY_MS,
        }
        if self.security_protocol.endswith("SSL"):
            options["ssl_context"] = ssl.create_default_context(cafile=self.ssl_cafile)
        if self.security_protocol.startswith("SASL"):
            options["sasl_mechanism"] = self.sasl_mechanism
            options["sasl_plain_username"] = self.sasl_username
            options["sasl_plain_password"] = self.sasl_password
        return options
