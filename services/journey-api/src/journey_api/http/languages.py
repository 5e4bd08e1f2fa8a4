"""Which language a caller wants."""

import re
from collections.abc import Sequence
from typing import Annotated, Final

from babel import negotiate_locale
from fastapi import Depends, Header

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


def read_asked_language(
    accept_language: Annotated[
        str | None,
        Header(
            alias="Accept-Language",
            description="The languages the reader wants texts in, best first; without one the dealer's, else English.",
        ),
    ] = None,
) -> str | None:
    """The language the caller asks for, if any; whether we write it or not."""
    return preferred_language(accept_language)


AskedLanguageDep = Annotated[str | None, Depends(read_asked_language)]


def read_language(asked: AskedLanguageDep) -> str:
    """The language to answer in where no dealer has a say."""
    return speakable(asked or DEFAULT_LANGUAGE)


LanguageDep = Annotated[str, Depends(read_language)]


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
