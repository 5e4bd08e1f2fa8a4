"""The languages there are, in the order in which they are listed. Registered at import, then only read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

DEFAULT_LANGUAGE: Final = "en"
LACKING: Final = "und"
"""A tag that stands for every language we do not write (ISO 639: undetermined)."""

Text = str | Mapping[str, str]
"""A text, or its forms by grammatical gender (f, m, x: unknown or neither)."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language and its folder: `*.yaml` hold sections of texts by id, `messages/*.txt` the templates of messages."""

    code: str
    folder: Path

    @property
    def sections(self) -> Mapping[str, Mapping[str, Text]]:
        """Its texts by section and id, read once."""
        return _sections(self.folder)

    @property
    def traits(self) -> Mapping[str, Any]:
        """What is true of the language: name, region, gsm7, whatsapp (see `en/language.yaml`)."""
        return self.sections["language"]


_LANGUAGES: Final[dict[str, Language]] = {}


def register(language: Language) -> None:
    """Add a language. Raises ValueError where there is one of its code."""
    if language.code in _LANGUAGES:
        raise ValueError(f"there is a language {language.code} already")
    _LANGUAGES[language.code] = language


@contextmanager
def registered(language: Language) -> Iterator[None]:
    """Have one more language inside the context."""
    register(language)
    try:
        yield
    finally:
        del _LANGUAGES[language.code]


def language_codes() -> tuple[str, ...]:
    """The code of every language."""
    return tuple(_LANGUAGES)


def language_of(tag: str) -> Language:
    """The language among ours that a tag such as `pt-PT` asks for; English where we do not write it."""
    return _LANGUAGES.get(primary_of(tag)) or _LANGUAGES[DEFAULT_LANGUAGE]


def speakable(tag: str) -> str:
    """The code of `language_of`."""
    return language_of(tag).code


def is_written(tag: str) -> bool:
    """Whether we write the language of a tag."""
    return primary_of(tag) in _LANGUAGES


@lru_cache(maxsize=256)
def primary_of(tag: str) -> str:
    """`pt` of `pt-PT` or `pt_BR`."""
    return tag.replace("_", "-").partition("-")[0].lower()


def choose_language(reader: str | None, dealer: Mapping[str, Any]) -> str:
    """The locale to write to a reader of a dealer in: the reader's own as it stands (`pt-PT`) where we write it.

    A reader of a language we lack gets the dealer's `fallback_locale`; one who names none gets the dealer's `locale`,
    else its `fallback_locale`; English where we write none of these. `dealer`: the dealer's record.
    """
    tags = (reader, dealer.get("fallback_locale")) if reader else (dealer.get("locale"), dealer.get("fallback_locale"))
    return next((tag for tag in tags if tag and is_written(tag)), DEFAULT_LANGUAGE)


def find_text(section: str, name: str, tag: str, gender: str | None = None) -> str | None:
    """The text of an id in the language of a tag, None where there is none; of forms by gender the one that fits."""
    text = language_of(tag).sections.get(section, {}).get(name)
    if text is None or isinstance(text, str):
        return text
    return text.get(gender or "x") or text["x"]


def text_of(section: str, name: str, tag: str, gender: str | None = None) -> str:
    """`find_text`; the id itself where there is none."""
    return find_text(section, name, tag, gender) or name


@cache
def _sections(folder: Path) -> Mapping[str, Mapping[str, Text]]:
    """The sections of every file of a folder. Raises ValueError where two files hold the same section."""
    sections: dict[str, Mapping[str, Text]] = {}
    for file in sorted(folder.glob("*.yaml")):
        found: Mapping[str, Mapping[str, Text]] = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        if twice := sections.keys() & found:
            raise ValueError(f"{file}: sections of another file: {', '.join(sorted(twice))}")
        sections |= found
    return sections
