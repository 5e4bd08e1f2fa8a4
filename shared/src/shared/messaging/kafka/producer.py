"""The producer of the relay: idempotent, all acknowledgements awaited, thrown away at its first fault."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from shared.messaging.kafka.clients import start_client
from shared.messaging.kafka.message_format import message_of
from shared.messaging.kafka.settings import MESSAGE_BYTES, Kafka, broker_faults
from shared.messaging.postgres.stored_record import StoredRecord

ACKNOWLEDGED_WITHIN: Final = 15.0
"""Real seconds for a whole batch. Shorter than the time after which the client by itself gives up a part of it."""
_CLIENT_GIVES_UP_MS: Final = 60_000
_CLOSED_WITHIN: Final = 5.0
_BATCH_BYTES: Final = 1024 * 1024

_log = structlog.get_logger()


class Outgoing:
    """Sends records to the brokers. Built late: the client is made when the first records are there.

    An idempotent producer can wedge after a fault (a sequence the broker does not expect is refused until it is made
    anew), and a record it still holds could be sent after later ones. So whoever calls must `abandon` it after any
    error and send everything again that was not acknowledged.
    """

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None

    async def publish(self, records: Sequence[StoredRecord]) -> int:
        """Send these records in this order; answer how many are on the brokers, as far as those promise.

        Records of one key keep their order. One that no topic could ever take is left out with an error in the log.
        Raises BrokerFault or TimeoutError when not all others were acknowledged in time.
        """
        sent: list[asyncio.Future[Any]] = []
        try:
            with broker_faults():
                async with asyncio.timeout(ACKNOWLEDGED_WITHIN):
                    producer = self._producer or await self._open()
                    for record in records:
                        with suppress(_TooLarge):
                            sent.append(await self._send(producer, record))
                    await asyncio.gather(*sent)
        finally:
            for acknowledgement in sent:
                # those that nobody waits for any more must not be told of one by one
                if not acknowledgement.cancel() and not acknowledgement.cancelled():
                    acknowledgement.exception()
        return len(sent)

    async def abandon(self) -> None:
        """Make sure that nothing more is sent by this producer, whatever state it is in."""
        if (producer := self._producer) is None:
            return
        self._producer = None
        # its own end would send what it still holds, and wait for that; only its parts can be ended without
        parts: Any = producer
        sender = parts._sender.sender_task
        if sender is not None:
            sender.cancel()
        with suppress(Exception):
            async with asyncio.timeout(_CLOSED_WITHIN):
                await producer.client.close()
                _answer_for_metadata(parts.client)
                if sender is not None:
                    await asyncio.wait([sender])
        parts._closed = True

    async def close(self) -> None:
        """Close the client, nothing being under way."""
        if self._producer is not None:
            await _stop(self._producer)
            self._producer = None

    async def _open(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **{**self._kafka.client_options(), "request_timeout_ms": _CLIENT_GIVES_UP_MS},
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            compression_type="lz4",
            max_request_size=MESSAGE_BYTES,
            max_batch_size=_BATCH_BYTES,
        )
        self._producer = producer  # so that it is abandoned when it does not start
        await start_client(producer.start())
        return producer

    async def _send(self, producer: AIOKafkaProducer, record: StoredRecord) -> asyncio.Future[Any]:
        message = message_of(record, record.text.encode())
        topic = self._kafka.topic(record.topic)
        try:
            acknowledgement: asyncio.Future[Any] = await producer.send(
                topic, message.value, message.key, headers=list(message.headers)
            )
        except MessageSizeTooLargeError:
            _log.error("record_too_large", topic=record.topic, record=record.id, bytes=len(message.value or b""))
            raise _TooLarge from None
        return acknowledgement


def _answer_for_metadata(closed: Any) -> None:
    """Let whatever still waits for a closed client's metadata go on, and so end: it would wait for ever."""
    if closed._md_update_fut is None:
        closed._md_update_fut = asyncio.get_running_loop().create_future()
    if not closed._md_update_fut.done():
        closed._md_update_fut.set_result(False)


class _TooLarge(Exception):
    """No topic takes the record."""


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(_CLOSED_WITHIN):
            await producer.stop()
    except Exception as error:
        _log.warning("producer_not_closed", error=type(error).__name__)
