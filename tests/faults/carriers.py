"""What carries the records of an installation: its database, or a Kafka broker of its own that can be struck."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from handoff_local.kafka import EmbeddedCluster, EmbeddedKafka
from handoff_local.kafka.jars import missing_programs

PARTITIONS = 4
CARRIERS = [pytest.param("postgres"), pytest.param("kafka", marks=pytest.mark.kafka)]


@dataclass(frozen=True)
class Carrier:
    """The settings that choose it, and its brokers by their number, none over PostgreSQL."""

    settings: Mapping[str, str] = field(default_factory=dict)
    brokers: Mapping[int, EmbeddedKafka] = field(default_factory=dict)

    @property
    def servers(self) -> str:
        """Where its clients begin; empty over PostgreSQL."""
        return self.settings.get("HANDOFF_KAFKA_BOOTSTRAP_SERVERS", "")


@contextmanager
def carried_by(name: str, folder: Path, brokers: int = 1) -> Iterator[Carrier]:
    """A carrier for as long as the context lasts; so many brokers of Kafka."""
    if name == "postgres":
        yield Carrier()
        return
    require_kafka()
    if brokers > 1:
        cluster = EmbeddedCluster(folder / "kafka", brokers)
        with _running(cluster):
            yield Carrier(_settings(cluster.bootstrap()), cluster.brokers)
        return
    broker = EmbeddedKafka(folder / "kafka", heap="384m")
    with _running(broker):
        yield Carrier(_settings(broker.bootstrap()), {1: broker})


def require_kafka() -> None:
    """Skip the test where no broker can be started, unless one is required."""
    if missing := missing_programs():
        why = f"no Kafka without {' and '.join(missing)}"
        (pytest.fail if os.environ.get("HANDOFF_REQUIRE_KAFKA") == "1" else pytest.skip)(why)


@contextmanager
def _running(kafka: EmbeddedCluster | EmbeddedKafka) -> Iterator[None]:
    # in this thread: a broker dies with the thread that started it
    kafka.start()
    try:
        yield
    finally:
        kafka.stop()


def _settings(servers: str) -> dict[str, str]:
    return {"HANDOFF_KAFKA_BOOTSTRAP_SERVERS": servers, "HANDOFF_KAFKA_PARTITIONS": str(PARTITIONS)}
