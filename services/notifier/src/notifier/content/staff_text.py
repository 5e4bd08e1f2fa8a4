"""A person's own words: as they were posted, as the customer reads them, and by whom they are signed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from notifier.content.rendering import Words, render
from notifier.context import Record
from shared.playbook.ruleset.texts import Texts
from shared.vocabulary import MESSAGE


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
