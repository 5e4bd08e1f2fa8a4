"""The text of a mail that is HTML alone: what a reader sees of it, without what it quotes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Final

_LONGEST: Final = 100_000
"""So many characters are read, at most; a person's words come first."""

_MOST_TOKENS: Final = 10_000
_LONGEST_TAG: Final = 2_000
_DEEP: Final = 50
_TAG: Final = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_ATTRIBUTE: Final = re.compile(r"\b(id|class|type)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_UNREAD: Final = frozenset({"style", "script", "title", "template"})
_BLOCKS: Final = ("address", "article", "blockquote", "dd", "div", "dl", "dt", "footer", "header", "hr", "section")
_LINES: Final = frozenset(
    {*_BLOCKS, "br", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "table", "tr", "ul"}
)
_EMPTY: Final = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"})
_QUOTES: Final = re.compile(r"gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra")
_QUOTE_IDS: Final = re.compile(r"(x_)?(divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|OLK_SRC.*)")


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of text, or a tag: its name, whether it ends an element, its attributes."""

    text: str = ""
    tag: str = ""
    ends: bool = False
    attributes: tuple[tuple[str, str], ...] = ()


def text_of_html(source: str) -> str:
    """The lines of text of an HTML document; quotes of earlier mails, styles and scripts are left out.

    Linear in the length of the source, of which no more than 100,000 characters are read.
    """
    said: list[str] = []
    quoted: list[str] = []
    for token in islice(_tokens(source[:_LONGEST]), _MOST_TOKENS):
        if not token.tag:
            said += [] if quoted else [unescape(token.text).replace("\n", " ")]
        elif token.ends:
            _leave(quoted, token.tag)
            said += ["\n"] if not quoted and token.tag in _LINES else []
        elif _ends_mail(token):
            break
        elif quoted or _is_quote(token):
            quoted += [] if token.tag in _EMPTY else [token.tag]
        elif token.tag in _LINES:
            said.append("\n")
    lines = (" ".join(line.split()) for line in "".join(said).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _leave(quoted: list[str], tag: str) -> None:
    """Leave the innermost open element of this name inside a quote, with all that was left open in it."""
    if len(quoted) > 1 and tag not in quoted[-_DEEP:]:
        return
    while quoted:
        if quoted.pop() == tag:
            return


def _tokens(source: str) -> Iterator[_Token]:
    place = 0
    while place < len(source):
        begin = source.find("<", place)
        if begin < 0:
            yield _Token(source[place:])
            return
        if begin > place:
            yield _Token(source[place:begin])
        token, place = _markup(source, begin)
        if token is not None:
            yield token


def _markup(source: str, begin: int) -> tuple[_Token | None, int]:
    """What begins with a `<`, and the place behind it; a comment, declaration or unread element is nothing."""
    if source.startswith("<!--", begin):
        return None, _behind(source, "-->", begin)
    if source.startswith(("<!", "<?"), begin):
        return None, _behind(source, ">", begin)
    named = _TAG.match(source, begin)
    if named is None:
        return _Token("<"), begin + 1
    end = _behind(source, ">", begin)
    tag, ends = named[1].lower(), source[begin + 1] == "/"
    if tag in _UNREAD and not ends:
        return None, _behind(source, f"</{tag}", end)
    found = _ATTRIBUTE.finditer(source, begin, min(end, begin + _LONGEST_TAG))
    return _Token("", tag, ends, tuple((one[1].lower(), one[2] or one[3] or one[4] or "") for one in found)), end


def _behind(source: str, mark: str, begin: int) -> int:
    found = source.find(mark, begin)
    return found + len(mark) if found >= 0 else len(source)


def _ends_mail(token: _Token) -> bool:
    return any(name == "id" and _QUOTE_IDS.fullmatch(value) for name, value in token.attributes)


def _is_quote(token: _Token) -> bool:
    given = dict(token.attributes)
    cited = token.tag == "blockquote" and given.get("type", "cite").lower() == "cite"
    return cited or _QUOTES.search(given.get("class", "")) is not None
