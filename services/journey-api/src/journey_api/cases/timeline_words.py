"""The words of a timeline in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml
from babel import Locale
from babel.dates import format_time

from shared.languages.dates import format_short_day
from shared.languages.isolation import isolate_strings
from shared.playbook.ruleset.texts import Texts
from shared.vocabulary import STEPS

LANGUAGES: Final = ("en", "pt", "es", "zh", "ru")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of lines in one language; instants are worded in `zone`, the dealer's."""

    language: str
    zone: ZoneInfo
    playbook: Texts

    def line(self, name: str, **values: Any) -> str:
        """The text of a dotted name with its values put in; `count` chooses the plural form. Raises KeyError: none."""
        found: Any = _texts(self.language)
        for part in name.split("."):
            found = found[part]
        if not isinstance(found, str):
            found = found.get(str(_locale(self.language).plural_form(values["count"])), found["other"])
        return str(found).format(**isolate_strings(values))

    def name(self, section: str, identity: str) -> str:
        """What the playbook calls an id."""
        return self.playbook.text(section, identity, self.language)

    def entry(self, entry_id: str) -> str:
        """What an entry asks its receiver to do."""
        section = "arrows" if self.playbook.find("arrows", entry_id) else "entries"
        return self.playbook.text(section, entry_id, self.language)

    def step(self, number: int | None) -> str:
        """What a step is called; the plain word for an event without one."""
        return self.name("steps", STEPS[number]) if number in STEPS else self.line("event")

    def channel(self, channel: str | None) -> str:
        """What a channel is called."""
        return self.word("channels", channel or "none")

    def reason(self, reason: str) -> str:
        """A reason or outcome in words; what a person wrote freely stays as it is."""
        return self.word("reasons", reason)

    def vote(self, vote: Mapping[str, Any]) -> str:
        """Why a channel was not taken."""
        return f"{self.channel(vote.get('channel'))}: {self.word('votes', str(vote.get('layer')))}"

    def time(self, at: datetime) -> str:
        """An instant in the dealer's zone, with its day."""
        day = format_short_day(at.astimezone(self.zone), self.language)
        return f"{day}, {format_time(at, 'HH:mm', self.zone, locale=self.language)}"

    def word(self, section: str, word: str) -> str:
        """A word of the contract in the reader's language; one that has no text stays as it is."""
        return str(_texts(self.language)[section].get(word, word))


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@cache
def _texts(language: str) -> Mapping[str, Any]:
    path = files("journey_api.cases").joinpath("texts", f"{language}.yaml")
    document: Mapping[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return document
