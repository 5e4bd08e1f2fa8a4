"""What surrounds the words of a letter: what is known, where to go on, who writes and how such mails end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from shared.languages.registry import language_of, text_of

LAYOUT_FOLDER: Final = Path(__file__).parent / "layouts"
"""How messages are laid out, in every language alike."""

_LONGEST_PREHEADER: Final = 140
_BULLET: Final = "- "


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A line of what is known, in the reader's language."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFrame:
    """What stands around the words of one letter; what is None or empty is left out.

    `facts` and `task_url` (the task's page in the console) belong to notices for staff, `preferences_url` to letters
    to customers. The others are the dealer's own: `telephone`, `website`, `address` and `footer` (lines of text).
    """

    facts: tuple[KnownFact, ...] = ()
    task_url: str | None = None
    telephone: str | None = None
    website: str | None = None
    address: str | None = None
    footer: str | None = None
    preferences_url: str | None = None

    @property
    def has_foot(self) -> bool:
        """Whether anything stands below the signature."""
        return any((self.telephone, self.website, self.address, self.footer, self.preferences_url))

    @property
    def foot(self) -> tuple[str, ...]:
        """The lines of address and footer."""
        return tuple(line for text in (self.address, self.footer) for line in (text or "").splitlines() if line.strip())


NO_FRAME: Final = LetterFrame()


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, or the items of a list."""

    text: str = ""
    items: tuple[str, ...] = ()


def frame_texts(frame: LetterFrame, language: str) -> dict[str, str]:
    """`known` and `below` as the text of a letter shows them, and its `closing`; empty where there is nothing."""
    known = [f"{fact.label}: {fact.value}" for fact in frame.facts]
    known += [f"{_say('open_task', language)}: {frame.task_url}"] if frame.task_url else []
    below = [_telephone(frame, language)] if frame.telephone else []
    below += [frame.website] if frame.website else []
    below += frame.foot
    below += ["", f"{_say('preferences', language)}: {frame.preferences_url}"] if frame.preferences_url else []
    return {
        "known": "\n".join(known),
        "below": "\n".join(below).strip("\n"),
        "closing": _say("closing", language),
    }


def letter_html(subject: str, body: str, language: str, params: Mapping[str, Any], frame: LetterFrame) -> str:
    """A letter as HTML for mail programs: `body` is its text, `params` hold greeting, signature and dealer.

    Everything that is filled in is escaped; nothing is loaded from anywhere.
    """
    blocks = tuple(_blocks(body))
    return _layout().render(
        language=language_of(language).code,
        subject=subject,
        preheader=" ".join(body.split())[:_LONGEST_PREHEADER],
        greeting=params["greeting"],
        blocks=blocks,
        frame=frame,
        foot=frame.foot,
        telephone=_telephone(frame, language) if frame.telephone else "",
        signature=[line for line in params["signature"].splitlines() if line],
        dealer=params["dealer"],
        texts={name: _say(name, language) for name in ("open_task", "closing", "preferences")},
    )


def _blocks(body: str) -> Iterator[_Block]:
    items: list[str] = []
    for line in (*body.splitlines(), ""):
        if line.startswith(_BULLET):
            items.append(line.removeprefix(_BULLET))
            continue
        if items:
            yield _Block(items=tuple(items))
            items = []
        if line.strip():
            yield _Block(text=line)


def _telephone(frame: LetterFrame, language: str) -> str:
    return _say("telephone", language).format(telephone=frame.telephone)


def _say(name: str, language: str) -> str:
    return text_of("letter", name, language)


@cache
def _layout() -> Template:
    environment = Environment(loader=FileSystemLoader(LAYOUT_FOLDER), undefined=StrictUndefined, autoescape=True)
    return environment.get_template("letter.html")
