"""The messages there are, with the values that each of them may say."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from shared.languages.dates import format_moment
from shared.languages.registry import text_of
from shared.vocabulary import MESSAGE, TEMPLATES

COMMON: Final = ("greeting", "name", "salutation", "gender", "dealer", "signature")
"""What every message may say."""

_CLOCK: Final = ("what", "customer", "due")
_BY_US: Final[Mapping[str, tuple[str, ...]]] = {
    "ACK": ("answer_by",),
    "STATUS": ("plate", "happened_at", "change"),
    "PARTS": ("plate", "day"),
    "DATE": ("was", "becomes"),
    "READY": ("plate",),
    "REMIND": ("appointment", "starts_at"),
    "CARD": ("occasion",),
    "INVITE": ("plate", "day"),
    "OFFERED": ("title", "customer", "due"),
    "WARNING": _CLOCK,
    "BREACHED": _CLOCK,
    "ESCALATED": _CLOCK,
    "WITHDRAWN": ("title", "customer"),
    "DECLINED": ("title", "customer", "by", "reason"),
    "TRAGIC": ("customer", "happened", "happened_at", "why"),
    "CHANGED": ("title", "customer", "news", "by"),
    "BUNDLE": ("items",),
    MESSAGE: ("text",),
}
VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {**_BY_US, **{f"said/{name}": TEMPLATES[name] for name in TEMPLATES}}
"""By the name of its template, what a message says beside `COMMON`."""

TEMPLATE_NAMES: Final = (*_BY_US, *TEMPLATES)
"""What `find_template` finds."""

STAFF_NOTICES: Final = frozenset(
    {"OFFERED", "WARNING", "BREACHED", "ESCALATED", "WITHDRAWN", "DECLINED", "TRAGIC", "CHANGED", "BUNDLE"}
)
"""Those that staff get; all others go to customers."""

_MOMENTS: Final = ("answer_by", "happened_at", "starts_at", "due", "was", "becomes")


def find_template(name: str) -> str | None:
    """The template of a message, also of people's own by their bare names; None where there is none."""
    return next((one for one in (name, f"said/{name}") if one in VARIABLES), None)


def specimen(template: str, language: str, at: datetime) -> dict[str, Any]:
    """Values to show a message with, in the reader's language; `at` stands for its moments, in the reader's zone."""
    values: dict[str, Any] = {one: text_of("specimens", one, language) for one in ("name", "dealer", "signature")}
    for one in VARIABLES[template]:
        values[one] = format_moment(at, language) if one in _MOMENTS else text_of("specimens", one, language)
    if template == "BUNDLE":
        due = format_moment(at, language)
        subjects = (text_of("specimens", one, language) for one in ("title", "what"))
        customer = text_of("specimens", "customer", language)
        values["items"] = [{"subject": subject, "customer": customer, "due": due} for subject in subjects]
    return values
