"""The playbook's own wording, by section and id, in each of our languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.languages.registry import DEFAULT_LANGUAGE, Text, find_text, language_of

REASONS: Final = "reasons"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of every language. A language we do not write reads as English."""

    def sections(self, language: str = DEFAULT_LANGUAGE) -> Mapping[str, Mapping[str, Text]]:
        """All texts of a language, by section and id."""
        return language_of(language).sections

    def find(self, section: str, name: str, language: str = DEFAULT_LANGUAGE) -> str | None:
        """The text of an id, None where there is none."""
        return find_text(section, name, language)

    def text(self, section: str, name: str, language: str = DEFAULT_LANGUAGE) -> str:
        """The text of an id; the id itself where there is none, which the lint of the loaded playbook excludes."""
        return self.find(section, name, language) or name
