"""Facts and their values in words."""

from datetime import date
from typing import Any

from journey_api.console.visit import Visit
from shared.languages.dates import format_short_day


def fact_name(visit: Visit, path: str) -> str:
    """What a fact is called in the language of the page; its path where the playbook has no name for it."""
    return visit.stack.playbook.texts.find("facts", path, visit.viewer.language) or label_of(visit, path)


def fact_value(visit: Visit, value: Any) -> str:
    """A value as people read it; a date as the language writes it."""
    if isinstance(value, bool):
        return visit.texts.text("task.yes" if value else "task.no")
    if isinstance(value, list | tuple):
        return ", ".join(fact_value(visit, one) for one in value)
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    if isinstance(value, date):
        return format_short_day(value, language, "yMMMd")
    named = texts.find("topics", str(value), language) or texts.find("roles", str(value), language)
    return named or visit.texts.name("fact_values", str(value))


def label_of(visit: Visit, name: str) -> str:
    """The label of something already asked; its own name where the texts have none."""
    key = f"task.asked.{name}"
    return visit.texts.text(key) if key in visit.texts else name.replace("_", " ").replace(".", ", ").capitalize()
