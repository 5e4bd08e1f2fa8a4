"""What a change of an appointment does to its clocks."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.engine import lock_keys, record_key
from shared.db.schema import appointment


async def hold_appointment(
    connection: AsyncConnection, dealer_id: str, appointment_id: str, customer_id: str | None = None
) -> None:
    """Take the locks of the customer an appointment is of, and of the one it will be of, before anything else."""
    mine = (appointment.c.dealer_id == dealer_id) & (appointment.c.appointment_id == appointment_id)
    stored: Any = await connection.scalar(select(appointment.c.customer_id).where(mine))
    await lock_keys(connection, {record_key(dealer_id, one) for one in (stored, customer_id) if one is not None})
