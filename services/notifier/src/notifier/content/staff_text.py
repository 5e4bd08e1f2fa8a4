"""A person's own words: as they were posted, as the customer reads them, and by whom they are signed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from notifier.context import Record
from shared.languages.greetings import role_title
from shared.languages.letters import NO_FRAME, LetterFrame
from shared.languages.renderer import Form, Words, render
from shared.vocabulary import MESSAGE


def render_staff_text(
    words: RowMapping,
    language: str,
    params: Mapping[str, Any],
    form: Form,
    frame: LetterFrame = NO_FRAME,
    source: str | None = None,
) -> Words:
    """The letter or short message they make; `source`: the dealer's own template.

    Raises jinja2.UndefinedError for a parameter that is missing.
    """
    given = words["params"] if words["template"] is not None else {"text": words["text"]}
    return render(template_of(words), language, {**params, **given}, form, frame, source=source)


def template_of(words: RowMapping) -> str:
    """The name of the template they are put into."""
    return f"said/{words['template']}" if words["template"] is not None else MESSAGE


def sign_staff_text(words: RowMapping, colleagues: Mapping[str, Record], language: str) -> str:
    """Who of these colleagues says it, with the first of their roles."""
    record = colleagues.get(words["staff_id"], {})
    titles = [role_title(role, language, record) for role in record.get("roles") or ()]
    return "\n".join(part for part in (record.get("name"), *titles[:1]) if part)
