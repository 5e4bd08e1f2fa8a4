"""What a message would look like: its template with ordinary values, as a dealer's reader gets it on a channel."""

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.problems import not_found
from shared.channels.registry import kind_of
from shared.db.schema import dealer
from shared.languages.message_types import find_template, specimen
from shared.languages.registry import choose_language
from shared.languages.rendering import render, template_version
from shared.people.contact_hours import zone_of


class TemplatePreview(BaseModel):
    """A message with ordinary values in it. `subject` is null where the channel has none, `html` where there is none.

    `locale` is the one it is written in; `version` tells one wording of it from another.
    """

    name: str
    locale: str
    channel: str
    subject: str | None
    text: str
    html: str | None
    version: str


async def preview_template(
    connection: AsyncConnection, name: str, dealer_id: str, reader: str | None, channel: str, now: datetime
) -> TemplatePreview:
    """The message to a reader of a dealer; `reader` is their locale. Raises Problem 404: no such template or dealer."""
    template = find_template(name)
    query = select(dealer.c.record).where(dealer.c.dealer_id == dealer_id)
    record = await connection.scalar(query) if "\x00" not in dealer_id else None
    if template is None or record is None:
        raise not_found()
    locale = choose_language(reader, record)
    short = kind_of(channel).short
    values = {**specimen(template, locale, now.astimezone(zone_of({}, record))), "dealer": record["name"]}
    words = render(template, locale, values, "short" if short else "letter")
    return TemplatePreview(
        name=name,
        locale=locale,
        channel=channel,
        subject=None if short else words.subject,
        text=words.text,
        html=None,
        version=template_version(template, locale),
    )
