"""The console's texts in each of its languages, with the plural forms that the language has (CLDR)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml
from babel import Locale

from shared.languages.isolation import isolate_strings
from shared.languages.registry import DEFAULT_LANGUAGE, language_codes, language_of

LANGUAGES: Final = language_codes()
NAMES: Final = {code: str(language_of(code).traits["name"]) for code in LANGUAGES}
"""What each language calls itself."""

Text = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language, by dotted key."""

    language: str
    texts: Mapping[str, Text]

    def text(self, key: str, **values: Any) -> str:
        """The text of a key with its values put in; `count` chooses the plural form. Raises KeyError: no such key.

        A value with right-to-left letters is isolated.
        """
        found = self.texts[key]
        if not isinstance(found, str):
            form = str(_locale(self.language).plural_form(values["count"]))
            found = found.get(form) or found["other"]
        return found.format_map(isolate_strings(values)) if values else found

    def name(self, group: str, one: str) -> str:
        """What an id of a group is called; the id in plain words where the texts have no name for it."""
        found = self.texts.get(f"{group}.{one}")
        return found if isinstance(found, str) else one.replace("_", " ")

    def part(self, *prefixes: str) -> dict[str, Text]:
        """The texts whose keys begin with one of these, as the browser is given them."""
        return {key: text for key, text in self.texts.items() if key.startswith(prefixes)}

    def __contains__(self, key: object) -> bool:
        """Whether there is a text of this key."""
        return key in self.texts


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of a language, read once; English where it has no text of the console."""
    texts: dict[str, Text] = {}
    for code in dict.fromkeys((DEFAULT_LANGUAGE, language)):
        folder = files("journey_api.console").joinpath("texts", code)
        for file in folder.iterdir() if folder.is_dir() else ():
            texts |= _flat(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader), "")
    return Catalogue(language, texts)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


_FORMS: Final = frozenset({"zero", "one", "two", "few", "many", "other"})


def _flat(tree: Mapping[str, Any], prefix: str) -> list[tuple[str, Text]]:
    texts: list[tuple[str, Text]] = []
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and not _FORMS.issuperset(value):
            texts += _flat(value, f"{key}.")
        else:
            texts.append((key, value))
    return texts
