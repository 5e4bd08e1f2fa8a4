"""Which of our languages a caller wants."""

from typing import Annotated

from fastapi import Depends, Request

from shared.playbook.ruleset.texts import DEFAULT_LANGUAGE, LANGUAGES, primary_of


def preferred_language(header: str | None) -> str | None:
    """The best of our languages in an `Accept-Language` header (RFC 9110, 12.5.4); None when it asks for none."""
    best: tuple[float, str] | None = None
    for part in (header or "").split(","):
        tag, _, weight = part.partition(";")
        language = primary_of(tag.strip())
        quality = _quality(weight)
        if language in LANGUAGES and quality > 0 and (best is None or quality > best[0]):
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
