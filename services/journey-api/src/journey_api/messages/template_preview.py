"""What a message would look like: its template with ordinary values, as a dealer's reader gets it on a channel."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.problems import not_among, not_found
from shared.channels.email import EMAIL
from shared.channels.registry import kind_of
from shared.db.schema import dealer
from shared.languages.letters import KnownFact, LetterFrame
from shared.languages.message_types import STAFF_NOTICES, TEMPLATE_NAMES, find_template, specimen
from shared.languages.registry import choose_language, text_of
from shared.languages.renderer import render
from shared.people.contact_hours import zone_of
from shared.people.letter_frame import customer_frame
from shared.people.template_overrides import load_wordings
from shared.people.unsubscribe_links import PATH

_EXAMPLE: Final = "example"
"""What stands for an id in the links of a preview."""


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


def _staff_frame(locale: str, public_url: str) -> LetterFrame:
    plate = KnownFact(text_of("known_facts", "vehicle", locale), text_of("specimens", "plate", locale))
    return LetterFrame(facts=(plate,), task_url=f"{public_url.rstrip('/')}/tasks/{_EXAMPLE}" if public_url else None)


async def preview_template(
    connection: AsyncConnection,
    name: str,
    dealer_id: str,
    reader: str | None,
    channel: str,
    now: datetime,
    public_url: str,
) -> TemplatePreview:
    """The message to a reader of a dealer; `reader` is their locale, `public_url` begins its links (empty: none).

    Raises Problem 404: no such template or dealer.
    """
    template = find_template(name)
    query = select(dealer.c.record).where(dealer.c.dealer_id == dealer_id)
    record = await connection.scalar(query) if "\x00" not in dealer_id else None
    if template is None:
        raise not_among("name", name, TEMPLATE_NAMES)
    if record is None:
        raise not_found()
    locale = choose_language(reader, record)
    short = kind_of(channel).short
    values = {**specimen(template, locale, now.astimezone(zone_of({}, record))), "dealer": record["name"]}
    wording = (await load_wordings(connection, [dealer_id], [template])).choose(dealer_id, template, locale)
    if template in STAFF_NOTICES:
        values["signature"], frame = "", _staff_frame(locale, public_url)
    else:
        frame = customer_frame(record, locale, f"{public_url.rstrip('/')}{PATH}{_EXAMPLE}" if public_url else None)
    words = render(template, locale, values, "short" if short else "letter", frame, source=wording.source)
    return TemplatePreview(
        name=name,
        locale=locale,
        channel=channel,
        subject=None if short else words.subject,
        text=words.text,
        html=words.html if channel == EMAIL.name else None,
        version=wording.version,
    )
