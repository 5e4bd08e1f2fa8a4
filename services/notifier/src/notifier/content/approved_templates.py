"""The templates a provider has to approve: one for each notice and each of people's templates, with its parameters.

Pure. An operator has them approved under these names; docs/operations.md lists them.
"""

from collections.abc import Mapping
from typing import Any, Final

from notifier.channels.channel import Template
from shared.languages.renderer import Words
from shared.vocabulary import TEMPLATES

PREFIX: Final = "handoff_"
STAFF_TEXT_FOLDER: Final = "said/"
"""What the names of people's own templates begin with."""

_CLOCK: Final = ("name", "what", "customer", "due")
_OF_NOTICES: Final[Mapping[str, tuple[str, ...]]] = {
    "ACK": ("name", "dealer", "answer_by"),
    "STATUS": ("name", "dealer", "plate", "happened_at", "change"),
    "PARTS": ("name", "dealer", "plate", "day"),
    "DATE": ("name", "dealer", "was", "becomes"),
    "READY": ("name", "dealer", "plate"),
    "REMIND": ("name", "dealer", "appointment", "starts_at"),
    "CARD": ("name", "dealer", "occasion"),
    "INVITE": ("name", "dealer", "plate", "day"),
    "OFFERED": ("name", "title", "customer", "due"),
    "WARNING": _CLOCK,
    "BREACHED": _CLOCK,
    "ESCALATED": _CLOCK,
    "WITHDRAWN": ("name", "title", "customer"),
    "DECLINED": ("name", "title", "by", "reason"),
    "TRAGIC": ("name", "customer", "happened", "why"),
    "CHANGED": ("name", "title", "customer", "news"),
    "BUNDLE": ("name", "items"),
}

PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    **_OF_NOTICES,
    **{f"{STAFF_TEXT_FOLDER}{name}": ("name", "dealer", *params) for name, params in TEMPLATES.items()},
}
"""By the name of the words: what goes into the template, in order. A person's free words have none."""


def template_for(words: Words) -> Template | None:
    """The template that says what these words say; None where there is none."""
    names = PARAMETERS.get(words.name)
    if names is None:
        return None
    name = PREFIX + words.name.removeprefix(STAFF_TEXT_FOLDER).lower()
    given = {**words.given, "name": _addressee(words.given)}
    return Template(name, tuple(_param(given.get(one)) for one in names))


def _addressee(given: Mapping[str, Any]) -> str:
    """Salutation and name, as far as they are known."""
    return " ".join(str(given[one]) for one in ("salutation", "name") if given.get(one))


def _param(value: Any) -> str:
    """What is unknown is a dash: a template has room for all of its parameters, always."""
    if isinstance(value, list):
        return "; ".join(str(item["subject"]) for item in value)
    return str(value) if value else "-"
