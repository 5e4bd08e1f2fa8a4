"""A person's own words: as they were posted, as the customer reads them, and by whom they are signed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from notifier.context import Record
from shared.languages.greetings import role_title
from shared.languages.letters import NO_FRAME, LetterFrame
from shared.languages.rendering import Form, Words, render
from shared.vocabulary import MESSAGE


def render_staff_text(
    words: RowMapping, language: str, params: Mapping[str, Any], form: Form, frame: LetterFrame = NO_FRAME
) -> Words:
    """The letter or short message they make. Raises jinja2.UndefinedError for a parameter that is missing."""
    if words["template"] is not None:
        return render(f"said/{words['template']}", language, {**params, **words["params"]}, form, frame)
    return render(MESSAGE, language, {**params, "text": words["text"]}, form, frame)


def sign_staff_text(words: RowMapping, colleagues: Mapping[str, Record], language: str) -> str:
    """Who of these colleagues says it, with the first of their roles."""
    record = colleagues.get(words["staff_id"], {})
    titles = [role_title(role, language, record.get("gender")) for role in record.get("roles") or ()]
    return "\n".join(part for part in (record.get("name"), *titles[:1]) if part)
