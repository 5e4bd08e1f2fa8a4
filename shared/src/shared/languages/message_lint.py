"""Judges a template of a message before anybody gets it: shipped ones in the tests, others where they are written."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from jinja2 import TemplateSyntaxError, meta, nodes

from shared.languages.message_types import COMMON, VARIABLES, specimen
from shared.languages.registry import Language
from shared.languages.renderer import LAYOUTS, render_source, template_environment
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
_TESTS: Final = frozenset({"defined", "undefined", "none", "odd", "even", "string", "number"})
_OPTIONAL: Final = frozenset({"name", "customer", "by", "reason", "plate", "answer_by", "change", "day"})
"""Values that may not be known when a message goes."""

_OPTIONAL_HERE: Final = {"OFFERED": frozenset({"due"})}
"""The same in one message; elsewhere they are always known."""

_OPTIONAL_OF_ITEM: Final = frozenset({"customer", "due"})

_MOMENT: Final = datetime(2026, 11, 25, 13, 44, tzinfo=UTC)
"""A Wednesday: the longest of dates."""


def lint_message(name: str, language: Language, source: str) -> list[str]:
    """Everything that is wrong with a template for this message, one line each; empty when it may be used.

    It opens with the formal greeting (it extends `letter.txt`), says only what there is to say, runs nothing, reads on
    without what is unknown, and keeps to the length and alphabet of text messages.
    """
    try:
        tree = template_environment(language.folder / "messages").parse(source)
        unsafe = [*_unsafe(tree), *_shape(tree), *_unknown(name, tree)]
    except TemplateSyntaxError as error:
        return [f"line {error.lineno}: {error.message}"]
    except RecursionError:
        return ["its expressions are nested too deep"]
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
        elif isinstance(node, nodes.Test) and not _is_allowed(node):
            yield f"line {node.lineno}: the test {node.name} is not allowed, or not with this argument"


def _is_allowed(test: nodes.Test) -> bool:
    """One without arguments, or `divisibleby` a whole number that is not 0."""
    if test.name != "divisibleby":
        return test.name in _TESTS and not (test.args or test.kwargs)
    values = [one.value if isinstance(one, nodes.Const) else None for one in test.args]
    return len(values) == 1 and not test.kwargs and type(values[0]) is int and values[0] != 0


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
            bare = [render_source(source, language.code, one, form) for one in _with_unknown_values(name, given)]
        except Exception as error:
            yield f"as {form}: {error}"
            continue
        if any("None" in one for one in bare):
            yield "it says None where a value is not known"
        if form == "short":
            yield from _short(language, text)


def _with_unknown_values(name: str, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The values where nothing is known that need not be, then where one of those alone is not known."""
    missing = (_OPTIONAL | _OPTIONAL_HERE.get(name, frozenset())) & given.keys()
    for unknown in (missing, *({one} for one in sorted(missing))):
        yield {**given, **dict.fromkeys(unknown), "signature": ""}
    items = given.get("items", ())
    for unknown in ({one} for one in sorted(_OPTIONAL_OF_ITEM) if items):
        yield {**given, "items": [{**item, **dict.fromkeys(unknown)} for item in items]}


def _short(language: Language, text: str) -> Iterator[str]:
    if language.traits["gsm7"] and (foreign := foreign_characters(text)):
        yield f"text messages cannot hold {' '.join(sorted(foreign))}"
    if (parts := count_parts(text)) > LONGEST_PARTS:
        yield f"as a text message it takes {parts} parts, more than {LONGEST_PARTS}"
