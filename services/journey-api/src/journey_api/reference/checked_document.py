"""A record checked whole, as it would be stored."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.problems import Problem
from journey_api.reference.checks import check_record
from journey_api.reference.collections import Kind
from journey_api.reference.named_people import check_named_people
from journey_api.reference.value_types import kept_address
from shared.db.schema import dealer
from shared.people.addresses import region_of
from shared.playbook.ruleset.entries import Playbook


async def checked_document(
    connection: AsyncConnection, playbook: Playbook, kind: Kind, dealer_id: str, record: BaseModel, now: datetime
) -> dict[str, Any]:
    """The document that would be stored. Raises Problem 422 for what is wrong with the record and whom it names."""
    region = await _region(connection, dealer_id)
    faults = check_record(record, now, region, playbook) + await check_named_people(connection, dealer_id, record)
    if faults:
        raise Problem(422, f"{faults[0].pointer}: {faults[0].detail}", errors=faults)
    return _with_kept_addresses(kind.document(record), region)


def _with_kept_addresses(document: dict[str, Any], region: str | None) -> dict[str, Any]:
    """The document with the addresses of its channels as they are stored."""
    if "channels" not in document:
        return document
    channels = [{**one, "address": kept_address(one["kind"], one["address"], region)} for one in document["channels"]]
    return {**document, "channels": channels}


async def _region(connection: AsyncConnection, dealer_id: str) -> str | None:
    """The country of the dealer a record belongs to."""
    record = await connection.scalar(select(dealer.c.record).where(dealer.c.dealer_id == dealer_id))
    return region_of(record or {})
