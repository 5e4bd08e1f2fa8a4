"""Customers' mails: each an inbound contact, once; what a machine wrote is none, and is never answered."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.callbacks.asked_words import was_asked_for_a_word
from journey_api.callbacks.ignored import count_ignored
from journey_api.callbacks.mail_reader import ReceivedMail
from journey_api.callbacks.mail_sender import MailSender, find_mail_sender
from journey_api.callbacks.opt_out_words import OptOut, opt_out_of
from shared.channels.email import EMAIL
from shared.commands.record_contact import NewContact, record_contact
from shared.db.schema import inbound_message
from shared.people.addresses import address_hash
from shared.people.merged_customers import lock_customer
from shared.people.suppressions import lift, suppress
from shared.playbook.ruleset.entries import Playbook
from shared.process.telemetry import attachments_ignored_total
from shared.sla.fact_view import NO_REPLY_NEEDED

_LONGEST: Final = 10_000
_LATEST: Final = timedelta(days=5)
"""So long a mail may have waited between our server and us; a time further back is taken for a wrong one."""

_log = structlog.get_logger()


async def take_mail(
    connection: AsyncConnection, playbook: Playbook, mail: ReceivedMail, reply_domain: str, now: datetime
) -> bool:
    """Record the contact, and heed a wish; False for what a machine or nobody we know wrote, and for a repeat.

    A word that ends messages closes the address to e-mail, as it does a number to text messages. The contact's time is
    when our server took the mail. The customer's lock is taken.
    """
    if mail.machine_made:
        return _ignore(mail, "machine_made")
    sender = await find_mail_sender(connection, mail, reply_domain, now)
    if sender is None:
        return _ignore(mail, "unknown_sender")
    customer_id = await lock_customer(connection, sender.dealer_id, sender.customer_id)
    at = mail.at if mail.at is not None and now - _LATEST <= mail.at <= now else now
    if not await _is_new(connection, mail, sender, customer_id, at):
        return False
    attachments_ignored_total.inc(mail.attachments)
    opt_out = await _opt_out(connection, mail, sender.dealer_id, customer_id, at)
    if opt_out is not None:
        await _apply_opt_out(connection, opt_out, mail, sender, now)
    contact = NewContact(
        dealer_id=sender.dealer_id,
        customer_id=customer_id,
        case_id=sender.case_id,
        direction="inbound",
        channel=EMAIL.name,
        at=at,
        kind=NO_REPLY_NEEDED if opt_out else None,
        text=(mail.text or "")[:_LONGEST] or None,
    )
    recorded = await record_contact(connection, playbook, contact, now)
    await connection.execute(update(inbound_message).where(_same(mail)).values(contact_id=recorded.contact_id))
    return True


def _ignore(mail: ReceivedMail, reason: str) -> bool:
    _log.warning("mail_ignored", channel=EMAIL.name, reference=mail.reference, reason=reason)
    count_ignored(EMAIL.name, reason)
    return False


async def _is_new(
    connection: AsyncConnection, mail: ReceivedMail, sender: MailSender, customer_id: str, at: datetime
) -> bool:
    row = {
        "channel": EMAIL.name,
        "reference": mail.reference,
        "dealer_id": sender.dealer_id,
        "customer_id": customer_id,
        "address_hash": address_hash(EMAIL.name, mail.sender or sender.address or ""),
        "at": at,
        "attachments": mail.attachments,
    }
    added = await connection.execute(insert(inbound_message).values(row).on_conflict_do_nothing())
    return added.rowcount == 1


def _same(mail: ReceivedMail) -> ColumnElement[bool]:
    columns = inbound_message.c
    return (columns.channel == EMAIL.name) & (columns.reference == mail.reference)


async def _opt_out(
    connection: AsyncConnection, mail: ReceivedMail, dealer_id: str, customer_id: str, at: datetime
) -> OptOut | None:
    asked = opt_out_of(mail.text)
    if asked == "stop_or_answer":
        return None if await was_asked_for_a_word(connection, dealer_id, customer_id, at) else "stop"
    return asked


async def _apply_opt_out(
    connection: AsyncConnection, opt_out: OptOut, mail: ReceivedMail, sender: MailSender, now: datetime
) -> None:
    """At the address the answered mail went to, and at the one the wish came from unless a server says it is forged."""
    addresses = {one for one in (sender.address, mail.sender if mail.vouched else None) if one}
    for hashed in sorted({address_hash(EMAIL.name, one) for one in addresses}):
        if opt_out == "start":
            await lift(connection, sender.dealer_id, EMAIL.name, hashed, "stop")
        else:
            await suppress(connection, sender.dealer_id, EMAIL.name, hashed, "stop", now)
