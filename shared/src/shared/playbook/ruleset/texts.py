"""The playbook's own wording, by language, section and id."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

LANGUAGES: Final = ("en", "pt")
DEFAULT_LANGUAGE: Final = "en"
REASONS: Final = "reasons"

Sections = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Texts:
    """Both complete languages. A language we do not write reads as English."""

    by_language: Mapping[str, Sections]

    def find(self, section: str, name: str, language: str = DEFAULT_LANGUAGE) -> str | None:
        """The text of an id, None where there is none."""
        sections = self.by_language.get(speakable(language), {})
        return sections.get(section, {}).get(name)

    def text(self, section: str, name: str, language: str = DEFAULT_LANGUAGE) -> str:
        """The text of an id; the id itself where there is none, which the lint of the loaded playbook excludes."""
        return self.find(section, name, language) or name


def speakable(language: str) -> str:
    """The language among ours that a tag such as `pt-PT` asks for."""
    primary = primary_of(language)
    return primary if primary in LANGUAGES else DEFAULT_LANGUAGE


def primary_of(tag: str) -> str:
    """`pt` of `pt-PT` or `pt_BR`."""
    return tag.replace("_", "-").partition("-")[0].lower()


def load_texts(folder: Path) -> Texts:
    """Reads `<language>.yaml` of each language and `reasons.yaml`, whose ids hold a text per language."""
    reasons = _read(folder / "reasons.yaml")
    return Texts(
        {
            language: {
                **_read(folder / f"{language}.yaml"),
                REASONS: {code: texts[language] for code, texts in reasons.items() if language in texts},
            }
            for language in LANGUAGES
        }
    )


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return document
