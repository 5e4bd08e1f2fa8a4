"""SASL over TLS, on a broker that lets nobody in without."""

import asyncio
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from transport_probe import TransportProbe

from handoff_local.database.settings import MigrateSettings
from handoff_local.kafka import EmbeddedKafka
from handoff_local.kafka.broker_ports import free_port
from harness.transports import PARTITIONS, relaying
from shared.clock import Clock
from shared.db.engine import Database
from shared.messaging.kafka.settings import BrokerFault, Kafka
from shared.messaging.kafka.topics import make_topics
from shared.messaging.kafka.transport import KafkaTransport

pytestmark = [pytest.mark.database, pytest.mark.kafka]

PASSWORD = "a-long-password"
MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule required"


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A certificate for loopback that signs itself; its key is in `server.p12` beside it."""
    store = ["-alias", "broker", "-keystore", str(tmp_path / "server.p12"), "-storetype", "PKCS12"]
    store += ["-storepass", PASSWORD]
    for command in (
        ["-genkeypair", "-keyalg", "EC", "-dname", "CN=broker", "-ext", "SAN=IP:127.0.0.1", "-validity", "2"],
        ["-exportcert", "-rfc", "-file", str(tmp_path / "ca.pem")],
    ):
        subprocess.run(["keytool", command[0], *store, *command[1:]], check=True, capture_output=True)
    return tmp_path / "ca.pem"


@pytest.fixture
def settings(kafka_servers: str, tmp_path: Path, authority: Path) -> Iterator[MigrateSettings]:
    """What a service is told to reach a broker of the test's own."""
    address = f"127.0.0.1:{free_port()}"
    broker = EmbeddedKafka(tmp_path / "kafka", heap="256m")
    inside = broker.bootstrap()
    controller = f"127.0.0.1:{free_port()}"
    broker.settings = {
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"PLAINTEXT://{inside},SASL_SSL://{address},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{inside},SASL_SSL://{address}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl_ssl.plain.sasl.jaas.config": f'{MODULE} user_handoff="{PASSWORD}";',
        "ssl.keystore.type": "PKCS12",
        "ssl.keystore.location": str(tmp_path / "server.p12"),
        "ssl.keystore.password": PASSWORD,
        "ssl.key.password": PASSWORD,
    }
    broker.start(180)
    yield MigrateSettings(
        kafka_bootstrap_servers=address,
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_username="handoff",
        kafka_sasl_password=PASSWORD,
        kafka_ssl_cafile=authority,
        instance="probe-0",
    )
    broker.stop()


async def test_records_travel_for_who_is_let_in_and_nobody_else(
    settings: MigrateSettings, database: Database, owner: Database, clock: Clock, no_effects: None
) -> None:
    kafka = replace(Kafka.of(settings), namespace=f"t{uuid4().hex[:8]}.")
    await make_topics(kafka, PARTITIONS)
    open_one = partial(KafkaTransport, kafka)
    probe = TransportProbe(database, owner, clock, open_one, open_one, None)
    async with relaying(database, kafka), probe.consuming():
        await probe.publish("C-1", 1, 2, 3)
        assert await probe.until_effects(3) == [("C-1", 1), ("C-1", 2), ("C-1", 3)]
    for stranger, why in (
        (replace(kafka, sasl_password="wrong"), "Authentication failed"),
        (replace(kafka, ssl_cafile=None), "certificate verify failed"),
        (replace(kafka, sasl_mechanism="SCRAM-SHA-256"), "UnsupportedSaslMechanism"),
        (replace(kafka, security_protocol="SSL"), "closed"),
        (replace(kafka, security_protocol="PLAINTEXT"), "closed"),
    ):
        async with asyncio.timeout(60):
            with pytest.raises(BrokerFault, match=why):
                await make_topics(stranger, PARTITIONS)
