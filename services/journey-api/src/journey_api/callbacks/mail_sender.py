"""Whose mail it is: known by the address it answers to, by the mail it answers, else by its sender."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy import Row, Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.callbacks.mail_reader import ReceivedMail
from shared.channels.email import EMAIL
from shared.db.schema import journey_case, notification, notification_attempt
from shared.people.reply_addresses import find_answered, token_of

_MOST_ANSWERS: Final = 20
_SENT: Final = notification.c
_WITH_ADDRESS: Final = text(
    """
    select c.dealer_id, c.customer_id, sent.at
      from customers_at(cast(:wanted as text[])) found
      join customer c using (dealer_id, customer_id)
      left join lateral (
        select max(n.created_at) as at from notification n
         where n.dealer_id = c.dealer_id and n.customer_id = c.customer_id and n.channel = :channel
           and n.attempt_count > 0
      ) sent on true
     order by sent.at desc nulls last, c.updated_at desc, c.customer_id
     limit 1
    """
)


@dataclass(frozen=True, slots=True)
class MailSender:
    """A customer of a dealer. `case_id`: of the mail that is answered, while it is open; `address`: where that went."""

    dealer_id: str
    customer_id: str
    case_id: str | None = None
    address: str | None = None


async def find_mail_sender(
    connection: AsyncConnection, mail: ReceivedMail, reply_domain: str, now: datetime
) -> MailSender | None:
    """The customer behind a mail; None for somebody nobody knows.

    By its reply address, which knows the mail it answers; else by the Message-ID of a mail of ours; else by the sender,
    where that address stands verified at a customer and no server on the way says that it is forged. Of several
    customers it is the one last written to.
    """
    tokens = [token for address in mail.recipients if reply_domain and (token := token_of(address, reply_domain))]
    answered = await _answered_by_address(connection, tokens, now) or await _answered_by_id(connection, mail.answers)
    if answered is not None:
        case_id = await _open_case(connection, answered)
        return MailSender(answered.dealer_id, answered.customer_id, case_id, answered.address)
    return await _by_sender(connection, mail) if mail.sender and mail.vouched else None


async def _answered_by_address(connection: AsyncConnection, tokens: Sequence[str], now: datetime) -> Row[Any] | None:
    notification_id = await find_answered(connection, tokens, now)
    if notification_id is None:
        return None
    found: Row[Any] | None = (
        await connection.execute(_mails().where(_SENT.notification_id == notification_id))
    ).one_or_none()
    return found


async def _answered_by_id(connection: AsyncConnection, message_ids: Collection[str]) -> Row[Any] | None:
    """The newest of our mails that is named; our Message-IDs begin with the id of the attempt."""
    attempts = [one.partition("@")[0] for one in message_ids][:_MOST_ANSWERS]
    if not attempts:
        return None
    tried = notification_attempt.c
    query = _mails().join(notification_attempt, tried.notification_id == _SENT.notification_id)
    found: Row[Any] | None = (
        await connection.execute(query.where(tried.attempt_id.in_(attempts)).limit(1))
    ).one_or_none()
    return found


def _mails() -> Select[Any]:
    """Mails to customers, the newest first."""
    columns = (_SENT.dealer_id, _SENT.customer_id, _SENT.case_id, _SENT.address)
    mails = select(*columns).where(_SENT.channel == EMAIL.name, _SENT.customer_id.is_not(None))
    return mails.order_by(_SENT.created_at.desc(), _SENT.notification_id.desc())


async def _open_case(connection: AsyncConnection, answered: Row[Any]) -> str | None:
    columns = journey_case.c
    query = select(columns.case_id).where(
        columns.dealer_id == answered.dealer_id, columns.case_id == answered.case_id, columns.status == "open"
    )
    found: str | None = await connection.scalar(query)
    return found


async def _by_sender(connection: AsyncConnection, mail: ReceivedMail) -> MailSender | None:
    spellings = EMAIL.address.stored_spellings(mail.sender or "")
    wanted = [[{"kind": EMAIL.name, "address": address, "verified": True}] for address in spellings]
    values = {"wanted": [to_json(one).decode() for one in wanted], "channel": EMAIL.name}
    row = (await connection.execute(_WITH_ADDRESS, values)).one_or_none()
    return MailSender(row.dealer_id, row.customer_id, None, mail.sender) if row else None
