"""Puts messages into words: subject and text in the reader's language, from templates that may not reach further."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from jinja2 import BaseLoader, Environment, StrictUndefined, Template, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.languages.greetings import greeting
from shared.languages.letters import LAYOUT_FOLDER, NO_FRAME, LetterFrame, frame_texts, letter_html
from shared.languages.registry import language_of
from shared.languages.text_messages import plain_punctuation

Form = Literal["letter", "short"]
LAYOUTS: Final[tuple[Form, ...]] = ("letter", "short")
"""A letter, or the few lines of a text message."""


@dataclass(frozen=True, slots=True)
class Words:
    """A message as it will be read; `name`: of the template it comes of, `given`: what was put in.

    `html`: the same letter for a channel that shows it.
    """

    subject: str
    text: str
    name: str = ""
    given: Mapping[str, Any] = field(default_factory=dict, compare=False)
    html: str | None = None


def render(
    name: str,
    language: str,
    params: Mapping[str, Any],
    form: Form = "letter",
    frame: LetterFrame = NO_FRAME,
    *,
    source: str | None = None,
) -> Words:
    """The message in the language of a locale, opened by a greeting to `params` (name, salutation, gender).

    `frame` stands around a letter; `source` is a dealer's own template in the place of the shipped one. Raises
    jinja2.UndefinedError for a parameter that is missing, TemplateNotFound for a message that there is not.
    """
    environment = _environment_of(language)
    template = environment.get_template(f"{name}.txt") if source is None else environment.from_string(source)
    return replace(_write(template, language, params, form, frame), name=name, given=params)


def render_source(source: str, language: str, params: Mapping[str, Any], form: Form = "letter") -> str:
    """The text that a template's source makes, as `render`. Raises jinja2.TemplateError where it makes none."""
    return _write(_environment_of(language).from_string(source), language, params, form, NO_FRAME).text


def _write(template: Template, language: str, params: Mapping[str, Any], form: Form, frame: LetterFrame) -> Words:
    given = {**params, **frame_texts(frame, language), "greeting": greeting(params, language)}
    context = template.new_context(dict(given))
    # one line, whatever a name holds: a subject is a header
    subject = " ".join("".join(template.blocks["subject"](context)).split())
    body = "".join(template.blocks["body"](context)).strip()
    if form == "letter":
        html = letter_html(subject, body, language, given, frame)
        return Words(subject, template.render(given).strip() + "\n", html=html)
    layout = _environment_of(language).get_template("short.txt")
    return Words(subject, plain_punctuation(layout.render({**given, "body": body})).strip() + "\n")


def _environment_of(language: str) -> Environment:
    return template_environment(language_of(language).folder / "messages")


def template_version(name: str, language: str) -> str:
    """What tells one wording of a message from another: a hash of its template and of the layouts around it."""
    folder = language_of(language).folder / "messages"
    sources = [folder / f"{name}.txt", *(LAYOUT_FOLDER / one for one in ("letter.txt", "short.txt", "letter.html"))]
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()[:12]


@cache
def template_environment(folder: Path) -> Environment:
    """The sandbox in which the templates of a folder run."""
    # plain text: nothing is escaped
    return ImmutableSandboxedEnvironment(
        loader=_Folder(folder), undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
    )


class _Folder(BaseLoader):
    """The templates of a folder and the layouts that every language shares, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, None]:
        path = next((one for one in (self._folder / template, LAYOUT_FOLDER / template) if one.is_file()), None)
        if path is None:
            raise TemplateNotFound(template)
        return path.read_text(encoding="utf-8"), None, None
