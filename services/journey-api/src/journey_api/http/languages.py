"""Which of our languages a caller wants."""

from collections.abc import Sequence
from typing import Annotated

from babel import negotiate_locale
from fastapi import Depends, Request

from shared.playbook.ruleset.texts import DEFAULT_LANGUAGE, LANGUAGES


def preferred_language(header: str | None, languages: Sequence[str] = LANGUAGES) -> str | None:
    """The best of these languages in an `Accept-Language` header (RFC 9110, 12.5.4); None when it asks for none."""
    parts = [part.partition(";") for part in (header or "").split(",")]
    weighed = sorted(((_quality(weight), tag.strip().lower()) for tag, _, weight in parts), key=lambda one: -one[0])
    return negotiate_locale([tag for quality, tag in weighed if quality > 0], languages, sep="-")


def read_language(request: Request) -> str:
    """The language to answer in."""
    return preferred_language(request.headers.get("accept-language")) or DEFAULT_LANGUAGE


LanguageDep = Annotated[str, Depends(read_language)]


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
