"""How a person is greeted and signed for: formally, by salutation, gender and name as far as they are known."""

from collections.abc import Mapping
from typing import Any

from shared.languages.registry import find_text, text_of


def greeting(person: Mapping[str, Any], language: str) -> str:
    """The first line of a message to a person with `name`, `salutation` (free text) and `gender` (f, m, x)."""
    name, salutation = person.get("name"), person.get("salutation")
    form = ("titled" if salutation else "named") if name else "unnamed"
    return text_of("greetings", form, language, person.get("gender")).format(name=name, salutation=salutation)


def role_title(role: str, language: str, gender: str | None = None) -> str:
    """What a person who holds a role is called; neutral where the gender is not known."""
    return find_text("titles", role, language, gender) or text_of("roles", role, language)
