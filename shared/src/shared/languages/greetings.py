"""How a person is greeted and signed for: formally, by salutation, gender and name as far as they are known."""

import re
from collections.abc import Mapping
from typing import Any, Final
from unicodedata import normalize

from shared.languages.registry import find_text, language_of, text_of

_TEAMS: Final = {
    **dict.fromkeys(("sales_manager", "salesperson", "product_specialist", "used_vehicle_sales_manager"), "sales"),
    **dict.fromkeys(("service_advisor", "service_manager", "workshop_manager"), "service"),
    **dict.fromkeys(("parts_manager", "warranty_manager"), "service"),
}
_HAN: Final = re.compile("[\u4e00-\u9fff]")


def greeting(person: Mapping[str, Any], language: str) -> str:
    """The first line of a message to a person with `name`, `salutation` (free text) and `gender` (f, m, x)."""
    name, salutation = person.get("name"), person.get("salutation")
    form = ("titled" if salutation else "named") if name else "unnamed"
    text = text_of("greetings", form, language, known_gender(person, language))
    return text.format(name=name, titled=titled(name, salutation, language) if name and salutation else None)


def titled(name: str, salutation: str, language: str) -> str:
    """Salutation and name in the order of the language: one in Chinese stands behind the name where that is usual."""
    if language_of(language).traits["whole_name"] and _HAN.search(salutation):
        return f"{name}{salutation}"
    return f"{salutation} {name}"


def known_gender(person: Mapping[str, Any], language: str) -> str | None:
    """The gender of the record, f, m or x; else what the salutation tells a reader of the language, None: nothing."""
    if person.get("gender"):
        return str(person["gender"])
    # `Sra.`, `Sr.ª` and `SRA` are one
    words = set(normalize("NFKC", person.get("salutation") or "").casefold().replace(".", "").split())
    told = [
        gender for gender in ("f", "m") if words.intersection(text_of("salutation_words", gender, language).split())
    ]
    return told[0] if len(told) == 1 else None


def team_name(role: str, language: str) -> str:
    """What the team of a role is called, in whose name nobody in particular writes."""
    return text_of("teams", _TEAMS.get(role, "client_experience"), language)


def role_title(role: str, language: str, person: Mapping[str, Any] | None = None) -> str:
    """What a person who holds a role is called; neutral where the gender is not known."""
    return find_text("titles", role, language, known_gender(person or {}, language)) or text_of("roles", role, language)
