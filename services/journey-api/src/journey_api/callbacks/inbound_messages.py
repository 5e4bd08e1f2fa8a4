"""Messages of customers: each an inbound contact, once; STOP closes the number and START opens it again."""

from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import ColumnElement, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.callbacks.asked_words import was_asked_for_a_word
from journey_api.callbacks.caller_lookup import Sender, find_sender
from journey_api.callbacks.ignored import count_ignored
from journey_api.callbacks.opt_out_words import OptOut, opt_out_of
from journey_api.callbacks.provider_events import Incoming
from shared.commands.record_contact import NewContact, record_contact
from shared.db.schema import inbound_message
from shared.people.addresses import address_hash
from shared.people.merged_customers import lock_customer
from shared.people.suppressions import lift, suppress
from shared.playbook.ruleset.entries import Playbook
from shared.sla.fact_view import NO_REPLY_NEEDED

_LONGEST: Final = 10_000

_log = structlog.get_logger()


async def take_message(connection: AsyncConnection, playbook: Playbook, message: Incoming, now: datetime) -> bool:
    """Record the contact, and heed a wish; False for a number nobody knows and for a message that came before.

    A wish is a contact that needs no reply: nothing is sent after STOP, not even an acknowledgement. A word that may be
    an answer too is no wish where we have just asked for one. The contact's time is the provider's own, however late
    its callback comes.
    """
    sender = await find_sender(connection, message.number, message.dealers)
    if sender is None:
        _log.warning("message_of_unknown_number", channel=message.channel, reference=message.reference)
        count_ignored(message.channel, "unknown_number")
        return False
    at = min(message.at or now, now)
    sender = replace(sender, customer_id=await lock_customer(connection, sender.dealer_id, sender.customer_id))
    if not await _is_new(connection, message, sender, at):
        return False
    opt_out = message.opt_out or opt_out_of(message.text)
    if opt_out == "stop_or_answer":
        opt_out = None if await was_asked_for_a_word(connection, sender.dealer_id, sender.customer_id, at) else "stop"
    if opt_out is not None:
        await _apply_opt_out(connection, opt_out, message, sender, now)
    contact = NewContact(
        dealer_id=sender.dealer_id,
        customer_id=sender.customer_id,
        direction="inbound",
        channel="message",
        at=at,
        kind=NO_REPLY_NEEDED if opt_out or message.silent else None,
        text=(message.text or "")[:_LONGEST] or None,
    )
    recorded = await record_contact(connection, playbook, contact, now)
    await connection.execute(update(inbound_message).where(_same(message)).values(contact_id=recorded.contact_id))
    return True


async def _is_new(connection: AsyncConnection, message: Incoming, sender: Sender, at: datetime) -> bool:
    row = {
        "channel": message.channel,
        "reference": message.reference,
        "dealer_id": sender.dealer_id,
        "customer_id": sender.customer_id,
        "address_hash": address_hash(message.channel, message.number),
        "at": at,
    }
    added = await connection.execute(insert(inbound_message).values(row).on_conflict_do_nothing())
    return added.rowcount == 1


def _same(message: Incoming) -> ColumnElement[bool]:
    columns = inbound_message.c
    return (columns.channel == message.channel) & (columns.reference == message.reference)


async def _apply_opt_out(
    connection: AsyncConnection, opt_out: OptOut, message: Incoming, sender: Sender, now: datetime
) -> None:
    hashed = address_hash(message.channel, message.number)
    if opt_out == "start":
        await lift(connection, sender.dealer_id, message.channel, hashed, "stop")
        return
    await suppress(connection, sender.dealer_id, message.channel, hashed, "stop", now)
