"""What is new in the text of a mail: the words above, below and between what it quotes."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

_LONGEST: Final = 40_000
"""Four times what is kept of a message."""
_SIGNATURE: Final = re.compile(r"-- ?")
_QUOTED: Final = re.compile(r"\s{0,3}[>|]")
_RULE: Final = re.compile(r"\s*_{10,}\s*")
_DIRECTIONS: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MOMENT: Final = re.compile(r"\b\d{1,2}[:.h]\d{2}\b|\b\d{4}\b|年|月")
_ATTRIBUTION_LINES: Final = 4
_LONGEST_ATTRIBUTION: Final = 400
_HEADER_LINES: Final = 6
_LEAST_LABELS: Final = 3
_LABEL: Final = re.compile(r"[\s*>]*([^\s:：*][^:：*]{0,30}?)\s*\*?\s*[:：]")


def new_text(text: str) -> str:
    """The words that the mail does not quote; a signature after `-- ` and what an earlier mail left are gone.

    Pure and linear in the length of the text, of which no more than 40,000 characters are read.
    """
    written = text[:_LONGEST].replace("\r\n", "\n").replace("\u00a0", " ").split("\n")
    lines = [_DIRECTIONS.sub("", line) for line in written]
    kept: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        if _SIGNATURE.fullmatch(line) or _begins_earlier_mail(lines, place):
            break
        if _QUOTED.match(line):
            place += 1
        elif length := _attribution(lines, place):
            if not _is_quoted_after(lines, place + length) and "@" not in _joined(lines, place, length):
                kept.append(written[place])
                place += 1
            elif _is_quoted_after(lines, place + length):
                place += length
            else:
                break
        else:
            kept.append(written[place])
            place += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in kept)).strip()


def _begins_earlier_mail(lines: Sequence[str], place: int) -> bool:
    """Whether an earlier mail begins here without marks of quotation: a divider, or the fields of its header."""
    line = lines[place]
    if _plain(line.strip(" -_=*>")) in _words()["dividers"] and re.match(r"\s*[-_=*]{2,}", line):
        return True
    if _RULE.fullmatch(line):
        return any(_has_labels(lines, place + step) for step in (1, 2))
    return _has_labels(lines, place)


def _has_labels(lines: Sequence[str], place: int) -> bool:
    """Whether a sender's field stands here, and enough others right below."""
    if place >= len(lines) or _label(lines[place]) not in _words()["from"]:
        return False
    labels = {_label(line) for line in lines[place : place + _HEADER_LINES]}
    return len(labels & _words()["labels"]) >= _LEAST_LABELS


def _label(line: str) -> str:
    begin = line[:80]
    found = _LABEL.match(begin) if ":" in begin or "：" in begin else None
    return _plain(found[1]) if found else ""


def _attribution(lines: Sequence[str], place: int) -> int:
    """How many lines from here say who wrote what is quoted below; 0 where none do."""
    if not lines[place].strip():
        return 0
    for length in range(1, _ATTRIBUTION_LINES + 1):
        last = lines[place + length - 1] if place + length <= len(lines) else ""
        if not last.strip():
            return 0
        if last.rstrip().endswith((":", "：")):
            quoted = _is_quoted_after(lines, place + length)
            begins_later = length > 1 and _names_writer(_joined(lines, place + 1, length - 1), quoted=quoted)
            return length if not begins_later and _names_writer(_joined(lines, place, length), quoted=quoted) else 0
    return 0


def _names_writer(said: str, *, quoted: bool) -> bool:
    """Whether it says when who wrote; above a quote an address and a time are enough."""
    if len(said) > _LONGEST_ATTRIBUTION or _MOMENT.search(said) is None:
        return False
    return _wrote().search(_plain(said)) is not None or (quoted and "@" in said)


def _is_quoted_after(lines: Sequence[str], place: int) -> bool:
    following = next((line for line in lines[place : place + 3] if line.strip()), "")
    return _QUOTED.match(following) is not None


def _joined(lines: Sequence[str], place: int, length: int) -> str:
    return " ".join(line.strip() for line in lines[place : place + length])


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


@cache
def _wrote() -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<!\w){re.escape(verb)}" for verb in sorted(_words()["wrote"])))


@cache
def _words() -> dict[str, frozenset[str]]:
    """The words of `quoted_text.yaml`, in small letters; `labels` are those of all fields."""
    text = files("journey_api.callbacks").joinpath("quoted_text.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    found = {name: frozenset(_plain(str(one)) for one in some) for name, some in document.items()}
    return found | {"labels": frozenset().union(found["from"], found["sent"], found["to"], found["subject"])}
