"""Puts words to a notice: subject and text in the recipient's language, from templates that may not reach further."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, cast

import yaml
from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.playbook.ruleset.texts import primary_of


@dataclass(frozen=True, slots=True)
class Words:
    """A notice as it will be read; `name`: of the template it comes of, `given`: what was put in."""

    subject: str
    text: str
    name: str = ""
    given: Mapping[str, Any] = field(default_factory=dict, compare=False)


def render(notice: str, language: str, params: Mapping[str, Any]) -> Words:
    """The notice in the language of a locale. Raises jinja2.UndefinedError for a parameter that is missing."""
    template = _environment().get_template(f"{primary_of(language)}/{notice}.txt")
    subject = "".join(template.blocks["subject"](template.new_context(dict(params))))
    # one line, whatever a name holds: a subject is a header
    return Words(" ".join(subject.split()), template.render(params).strip() + "\n", notice, params)


def word(section: str, name: str, language: str) -> str:
    """What a clock or a reason is called; its id where we have no word."""
    return _words()[primary_of(language)][section].get(name, name)


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    text = files("notifier.content").joinpath("templates", "words.yaml").read_text(encoding="utf-8")
    return cast(dict[str, dict[str, dict[str, str]]], yaml.safe_load(text))


class _Folder(BaseLoader):
    """The templates of this package, read once."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, None]:
        path = files("notifier.content").joinpath("templates", template)
        if not path.is_file():
            raise TemplateNotFound(template)
        return path.read_text(encoding="utf-8"), None, None


@cache
def _environment() -> Environment:
    # plain text: nothing is escaped
    return ImmutableSandboxedEnvironment(
        loader=_Folder(), undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
    )
