"""A dealer's own wording of a message: its subject and body, and the template that they make."""

from typing import Final

_BEGIN: Final = '{% extends "letter.txt" %}{% block subject %}'
_BETWEEN: Final = "{% endblock %}{% block body %}"
_END: Final = "{% endblock %}"


def template_source(subject: str, body: str) -> str:
    """The template of a subject and a body; the layout around them greets the reader and is signed."""
    return f"{_BEGIN}{subject}{_BETWEEN}{body}{_END}"


def template_parts(source: str) -> tuple[str, str]:
    """Subject and body of a template that `template_source` made. Raises ValueError for any other."""
    inner = source.removeprefix(_BEGIN).removesuffix(_END)
    subject, between, body = inner.partition(_BETWEEN)
    if not between or not source.startswith(_BEGIN):
        raise ValueError("not the template of a subject and a body")
    return subject, body
