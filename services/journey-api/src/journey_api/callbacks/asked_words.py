"""Whether a customer was just asked for a word such as `cancel`, which then is an answer and no wish."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.callbacks.opt_out_words import holds_answer_word
from shared.db.schema import notification, notification_attempt, staff_message
from shared.vocabulary import ASKS_FOR_A_WORD

ANSWERED_WITHIN: Final = timedelta(hours=1)
"""How long after a question a word counts as its answer."""


async def was_asked_for_a_word(connection: AsyncConnection, dealer_id: str, customer_id: str, at: datetime) -> bool:
    """Whether a message that asks for a word went to the customer within the hour before, by any channel.

    A template or notice says by its mark whether it does, a person's own words by holding such a word.
    """
    sent, tried, said = notification.c, notification_attempt.c, staff_message.c
    query = (
        select(sent.message, said.template, said.text)
        .join_from(notification, notification_attempt, tried.notification_id == sent.notification_id)
        .outerjoin(staff_message, said.notification_id == sent.notification_id)
        .where(sent.dealer_id == dealer_id, sent.customer_id == customer_id)
        .where(tried.at <= at, tried.at >= at - ANSWERED_WITHIN, tried.status.not_in(("temp_failed", "perm_failed")))
    )
    rows = await connection.execute(query)
    return any({row.message, row.template} & ASKS_FOR_A_WORD or holds_answer_word(row.text or "") for row in rows)
