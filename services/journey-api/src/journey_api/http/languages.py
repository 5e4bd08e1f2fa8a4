"""Which language a caller wants."""

import re
from collections.abc import Sequence
from typing import Annotated, Final

from babel import negotiate_locale
from fastapi import Depends, Request

from shared.languages.registry import DEFAULT_LANGUAGE, language_codes, speakable

_TAG: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")


def preferred_language(header: str | None, languages: Sequence[str] | None = None) -> str | None:
    """The best of these languages (ours) in an `Accept-Language` header (RFC 9110, 12.5.4).

    Where it asks only for others, the first of those; None when it asks for none.
    """
    parts = [part.partition(";") for part in (header or "").split(",")]
    weighed = sorted(((_quality(weight), tag.strip().lower()) for tag, _, weight in parts), key=lambda one: -one[0])
    asked = [tag for quality, tag in weighed if quality > 0 and _TAG.fullmatch(tag)]
    return negotiate_locale(asked, languages or language_codes(), sep="-") or next(iter(asked), None)


def read_language(request: Request) -> str:
    """The language to answer in where no dealer has a say."""
    return speakable(preferred_language(request.headers.get("accept-language")) or DEFAULT_LANGUAGE)


LanguageDep = Annotated[str, Depends(read_language)]


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
