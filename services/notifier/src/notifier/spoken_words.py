"""A person's own words: as they were posted, as the customer reads them, and by whom they are signed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, select

from notifier.desk import Desk
from notifier.messages.rendering import Words, render
from notifier.obligations import Obligation
from shared.playbook.texts import Texts
from shared.spoken import MESSAGE
from shared.tables import spoken_message


async def load_spoken(desk: Desk, obligation: Obligation) -> RowMapping:
    """The words behind an obligation; whichever channel it is at, they are kept under the first notification's id."""
    query = select(spoken_message).where(spoken_message.c.notification_id == obligation.key)
    return (await desk.connection.execute(query)).mappings().one()


def write_spoken(words: RowMapping, language: str, params: Mapping[str, Any]) -> Words:
    """The letter they make. Raises jinja2.UndefinedError for a parameter that is missing."""
    if words["template"] is not None:
        return render(f"said/{words['template']}", language, {**params, **words["params"]})
    return render(MESSAGE, language, {**params, "text": words["text"]})


async def sign_spoken(desk: Desk, words: RowMapping, texts: Texts, language: str) -> str:
    """Who says it, with the first of their roles."""
    record = (await desk.staff(words["dealer_id"])).get(words["staff_id"], {})
    titles = [texts.text("roles", role, language) for role in record.get("roles") or ()]
    return "\n".join(part for part in (record.get("name"), *titles[:1]) if part)
