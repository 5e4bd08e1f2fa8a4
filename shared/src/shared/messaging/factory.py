"""Which way records travel: over Kafka where brokers are set, else over PostgreSQL."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from shared.db.engine import Database
from shared.messaging.bus import Transport
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.transport import PostgresTransport
from shared.process.health import OK, Check
from shared.process.settings import Settings
from shared.process.shutdown import Loop


@dataclass(frozen=True, slots=True)
class OpenedTransport:
    """A transport, what it adds to a service's readiness, and the loops that one service must run for all."""

    transport: Transport
    checks: Mapping[str, Check] = field(default_factory=dict)
    relay: Mapping[str, Loop] = field(default_factory=dict)


def open_transport(
    settings: Settings, database: Database, listener: NotifyListener, patient: Collection[str] = ()
) -> OpenedTransport:
    """The transport of these settings; the listener wakes who reads the outbox, for `patient` types in a moment.

    The worker runs `relay`; of several workers one relays, the others stand by.
    """
    if not settings.kafka_bootstrap_servers:
        return OpenedTransport(PostgresTransport(database, listener, patient=patient))
    # a service that needs no broker starts the sooner for not loading its client
    from shared.messaging.kafka.relay import Relay
    from shared.messaging.kafka.settings import Kafka, silence_client_logs
    from shared.messaging.kafka.transport import KafkaTransport

    silence_client_logs()
    kafka = Kafka.of(settings)
    transport, relay = KafkaTransport(kafka), Relay(database, kafka, listener)

    async def check() -> str:
        relayed = await relay.check()
        return await transport.check() if relayed == OK else relayed

    return OpenedTransport(transport, {"kafka": check}, {"relay": relay.run})
