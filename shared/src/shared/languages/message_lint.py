"""Judges a template of a message before anybody gets it: shipped ones in the tests, others where they are written."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from jinja2 import TemplateError, TemplateSyntaxError, meta, nodes

from shared.languages.message_types import COMMON, VARIABLES, specimen
from shared.languages.registry import Language
from shared.languages.rendering import LAYOUTS, render_source, template_environment
from shared.languages.text_messages import count_parts, foreign_characters

LONGEST_PARTS: Final = 8
"""The parts a text message may take with ordinary values."""

_ALLOWED: Final = (
    nodes.Template,
    nodes.Extends,
    nodes.Block,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.For,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.CondExpr,
    nodes.Getattr,
    nodes.Filter,
)
_FILTERS: Final = frozenset({"length", "lower", "upper", "capitalize", "trim", "default"})
_BLOCKS: Final = frozenset({"subject", "body"})
_OPTIONAL: Final = frozenset({"name", "customer", "by", "reason", "plate", "answer_by", "change"})
"""Values that may not be known when a message goes."""

_MOMENT: Final = datetime(2026, 11, 25, 13, 44, tzinfo=UTC)
"""A Wednesday: the longest of dates."""


def lint_message(name: str, language: Language, source: str) -> list[str]:
    """Everything that is wrong with a template for this message, one line each; empty when it may be used.

    It opens with the formal greeting (it extends `letter.txt`), says only what there is to say, runs nothing, reads on
    without what is unknown, and keeps to the length and alphabet of text messages.
    """
    try:
        tree = template_environment(language.folder / "messages").parse(source)
    except TemplateSyntaxError as error:
        return [f"line {error.lineno}: {error.message}"]
    unsafe = [*_unsafe(tree), *_shape(tree), *_unknown(name, tree)]
    return unsafe or [*_reading(name, language, source)]


def _unsafe(tree: nodes.Template) -> Iterator[str]:
    for node in tree.find_all(nodes.Node):
        what = type(node).__name__
        if not isinstance(node, _ALLOWED):
            yield f"line {node.lineno}: {what} is not allowed"
        elif isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
            yield f"line {node.lineno}: {node.attr} is not allowed"
        elif isinstance(node, nodes.For) and (not _is_list(node.iter) or any(node.find_all(nodes.For))):
            yield f"line {node.lineno}: a loop goes over items, and holds no other"
        elif isinstance(node, nodes.Filter) and (node.name not in _FILTERS or node.args or node.kwargs):
            yield f"line {node.lineno}: the filter {node.name} is not allowed"


def _is_list(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "items"


def _shape(tree: nodes.Template) -> Iterator[str]:
    layouts = [one.template for one in tree.find_all(nodes.Extends)]
    if len(layouts) != 1 or not isinstance(layouts[0], nodes.Const) or layouts[0].value != "letter.txt":
        yield 'it does not begin with {% extends "letter.txt" %}, which greets the reader'
    blocks = [one.name for one in tree.find_all(nodes.Block)]
    if sorted(blocks) != sorted(_BLOCKS):
        yield "it does not have the blocks subject and body, and no other"


def _unknown(name: str, tree: nodes.Template) -> Iterator[str]:
    known = {*COMMON, *VARIABLES[name]}
    for one in sorted(meta.find_undeclared_variables(tree) - known):
        yield f"{one} is unknown; it may say {', '.join(sorted(known))}"


def _reading(name: str, language: Language, source: str) -> Iterator[str]:
    given = specimen(name, language.code, _MOMENT)
    for form in LAYOUTS:
        try:
            text = render_source(source, language.code, given, form)
            yield from _bare(render_source(source, language.code, _unknown_values(given), form))
        except (TemplateError, TypeError, ValueError) as error:
            yield f"as {form}: {error}"
            continue
        if form == "short":
            yield from _short(language, text)


def _unknown_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values where nothing is known that need not be."""
    return {one: None if one in _OPTIONAL else value for one, value in given.items()} | {"signature": ""}


def _bare(text: str) -> Iterator[str]:
    if "None" in text:
        yield "it says None where a value is not known"


def _short(language: Language, text: str) -> Iterator[str]:
    if language.traits["gsm7"] and (foreign := foreign_characters(text)):
        yield f"text messages cannot hold {' '.join(sorted(foreign))}"
    if (parts := count_parts(text)) > LONGEST_PARTS:
        yield f"as a text message it takes {parts} parts, more than {LONGEST_PARTS}"
