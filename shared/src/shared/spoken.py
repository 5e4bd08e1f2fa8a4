"""A person's own words to a customer: the templates they may be chosen from, and what they count as."""

from collections.abc import Mapping
from typing import Final

MESSAGE: Final = "MESSAGE"
"""How a notification that carries a person's words is called."""

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "appointment_proposal": ("what", "when"),
    "call_back": ("when",),
    "estimate_ready": ("amount", "what"),
    "progress_update": ("next_step", "progress"),
}
"""The shipped templates with the parameters each of them needs, all of them texts."""
