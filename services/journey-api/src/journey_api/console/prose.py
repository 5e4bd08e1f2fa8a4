"""Descriptions of the API's documents as a page shows them: paragraphs, and what stands in backticks as code. Pure."""

import re
from typing import Final

from markupsafe import Markup

_CODE: Final = re.compile(r"`([^`\n]+)`")
_BLANK_LINES: Final = re.compile(r"\n\s*\n")


def with_code(text: str) -> Markup:
    """The text, escaped, with what stands in backticks as `<code>`."""
    around, *rest = _CODE.split(text)
    shown = Markup.escape(around)
    for code, after in zip(rest[::2], rest[1::2], strict=True):
        shown += Markup("<code>{}</code>{}").format(code, after)
    return shown


def paragraphs_of(text: str) -> list[Markup]:
    """The paragraphs of a description, each with its code."""
    return [with_code(one) for one in _BLANK_LINES.split(text.strip()) if one]
