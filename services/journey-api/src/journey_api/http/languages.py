"""Which of our languages a caller wants."""

from collections.abc import Collection
from typing import Annotated

from fastapi import Depends, Request

from shared.playbook.ruleset.texts import DEFAULT_LANGUAGE, LANGUAGES


def preferred_language(header: str | None, languages: Collection[str] = LANGUAGES) -> str | None:
    """The best of these languages in an `Accept-Language` header (RFC 9110, 12.5.4); None when it asks for none."""
    best: tuple[float, str] | None = None
    for part in (header or "").split(","):
        tag, _, weight = part.partition(";")
        language = tag.strip().lower().split("-")[0]
        quality = _quality(weight)
        if language in languages and quality > 0 and (best is None or quality > best[0]):
            best = (quality, language)
    return best[1] if best else None


def read_language(request: Request) -> str:
    """The language to answer in."""
    return preferred_language(request.headers.get("accept-language")) or DEFAULT_LANGUAGE


LanguageDep = Annotated[str, Depends(read_language)]


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
