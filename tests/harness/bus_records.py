"""Records as the intake writes them, and as messages of Kafka."""

from datetime import datetime

from pydantic_core import to_json

from shared.db.engine import record_key
from shared.messaging.bus import JOURNEY_STEP, Record, source_of
from shared.messaging.kafka.message_format import Message, message_of
from shared.vocabulary import JOURNEY_TOPIC


def journey_record(event_id: str, dealer_id: str, customer_id: str | None, time: datetime) -> Record:
    """The record of an accepted journey event, whose row must be there: readers find its data joined in."""
    key = record_key(dealer_id, customer_id)
    return Record(JOURNEY_TOPIC, key, dealer_id, event_id, JOURNEY_STEP, source_of(dealer_id), time, {}, event_id)


def to_message(record: Record) -> Message:
    """The record as a message of Kafka."""
    return message_of(record, to_json(record.data))
