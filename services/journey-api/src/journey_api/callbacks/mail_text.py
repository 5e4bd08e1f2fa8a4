"""The text of a mail's part: its octets in their charset, its lines joined where they go on."""

from codecs import getincrementaldecoder
from collections.abc import Callable
from email.message import Message
from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import Any, Final

from journey_api.callbacks.mail_parts import Part

_LONGEST: Final = 160_000
"""Four octets for each of the 40,000 characters that are read of a mail."""

_WINDOWS: Final = ("cp874", *(f"cp{page}" for page in range(1250, 1259)))
_LATIN: Final = ("latin_1", *(f"iso8859_{part}" for part in (*range(2, 12), *range(13, 17))))
_EASTERN: Final = ("gb18030", "big5", "big5hkscs", "hz", "euc_jp", "shift_jis", "cp932", "euc_kr", "cp949")
_ISO_2022: Final = ("iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_kr")
_UNICODE: Final = ("utf_8", "utf_8_sig", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le")
_OTHERS: Final = (
    "ascii",
    "koi8_r",
    "koi8_u",
    "tis_620",
    "mac_roman",
    "mac_cyrillic",
    "cp437",
    "cp850",
    "cp852",
    "cp866",
)
_CHARSETS: Final = frozenset((*_WINDOWS, *_LATIN, *_EASTERN, *_ISO_2022, *_UNICODE, *_OTHERS))
"""Those that people write in, each linear in what it decodes; Python knows others that are not (punycode)."""

_WIDER: Final = {"gb2312": "gb18030", "gbk": "gb18030"}


def ask(part: Part, question: Callable[[Message], Any]) -> Any:
    """What a part's type or disposition says; None where its parameters contradict RFC 2231."""
    try:
        return question(part.declared())
    except (LookupError, TypeError, ValueError):
        return None


def text_of(part: Part) -> str:
    """The beginning of a part's text, of no more than 160,000 octets.

    Where the charset is not one of text, or wrong, it is UTF-8, else what Windows writes in the west.
    """
    octets = part.octets()
    charset = _known(str(ask(part, Message.get_content_charset) or ""))
    for one in (charset, "utf_8", "cp1252"):
        try:
            return _decoded(octets, one)
        except UnicodeError:
            continue
    return octets[:_LONGEST].decode("latin-1")


def _known(charset: str) -> str:
    name = normalize_encoding(charset.strip()).replace(".", "_").lower()
    name = aliases.get(name, name)
    name = _WIDER.get(name, name)
    return name if name in _CHARSETS else "utf_8"


def _decoded(octets: bytes, charset: str) -> str:
    """A character that the cut divides is left out."""
    return getincrementaldecoder(charset)().decode(octets[:_LONGEST], final=len(octets) <= _LONGEST)


def unfolded(text: str) -> str:
    """The paragraphs of a text whose lines end with a blank where they go on (RFC 3676). Linear in its length."""
    paragraphs: list[list[str]] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if paragraphs and _goes_on(paragraphs[-1]) and not line.startswith(">"):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return "\n".join("".join(lines) for lines in paragraphs)


def _goes_on(lines: list[str]) -> bool:
    """Whether a paragraph does: not a quoted one, nor the mark above a signature."""
    return lines[-1].endswith(" ") and not lines[0].startswith(">") and lines != ["-- "]
