"""The names of the parts of a dealer's settings, in the order of the page's navigation."""

from typing import Final

ALL: Final = (
    "hours",
    "calendar",
    "staff",
    "targets",
    "chains",
    "tables",
    "sender",
    "times",
    "quality",
    "keys",
    "clocks",
)
