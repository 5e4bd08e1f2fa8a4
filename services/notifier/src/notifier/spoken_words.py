"""A person's own words: as they were posted, as the customer reads them, and by whom they are signed."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import RowMapping, select

from notifier.desk import Desk, Record
from notifier.messages.rendering import Words, render
from notifier.obligations import Obligation
from shared.playbook.texts import Texts
from shared.spoken import MESSAGE
from shared.tables import spoken_message


async def load_spoken(desk: Desk, obligation: Obligation) -> RowMapping:
    """The words behind an obligation. Raises LookupError where there are none."""
    return (await load_all_spoken(desk, [obligation.key]))[obligation.key]


async def load_all_spoken(desk: Desk, keys: Collection[str]) -> dict[str, RowMapping]:
    """The words behind obligations, by their keys; whichever channel one is at, its words are kept under the key."""
    if not keys:
        return {}
    query = select(spoken_message).where(spoken_message.c.notification_id.in_(sorted(keys)))
    return {row["notification_id"]: row for row in (await desk.connection.execute(query)).mappings()}


def write_spoken(words: RowMapping, language: str, params: Mapping[str, Any]) -> Words:
    """The letter they make. Raises jinja2.UndefinedError for a parameter that is missing."""
    if words["template"] is not None:
        return render(f"said/{words['template']}", language, {**params, **words["params"]})
    return render(MESSAGE, language, {**params, "text": words["text"]})


def sign_spoken(words: RowMapping, colleagues: Mapping[str, Record], texts: Texts, language: str) -> str:
    """Who of these colleagues says it, with the first of their roles."""
    record = colleagues.get(words["staff_id"], {})
    titles = [texts.text("roles", role, language) for role in record.get("roles") or ()]
    return "\n".join(part for part in (record.get("name"), *titles[:1]) if part)
