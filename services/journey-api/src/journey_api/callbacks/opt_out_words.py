"""Words by which somebody ends messages to a number, or begins them again; `opt_out_words.yaml` has them."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import yaml

from journey_api.callbacks.quoted_text import new_text

OptOut = Literal["stop", "start", "stop_or_answer"]
"""`stop_or_answer`: a word that ends messages, unless it answers one of ours that asked for such a word."""

_LONGEST: Final = 1_000
"""No longer message is looked at; a wish has few words around it."""

_MOST_WORDS: Final = 12
_LONGEST_NAME: Final = 4
_LINE: Final = re.compile(r"\r?\n|\s[-\u2013\u2014]\s")
"""Between what was written and a name that follows behind a dash on the same line, too."""

_WHOLE_LETTERS: Final = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "\U0001f6d1": " stop "})
"""What is not taken apart into a letter and its mark; and the sign that says it without a word."""

_DIVIDER: Final = re.compile(r"\s*(?:[-_\u2013\u2014]{1,3}|[-_=*]{3,})\s*")
_UNSPACED: Final = re.compile("[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af]")
"""Thai, Korean, Japanese and Chinese, which put no blanks between words, or not always."""

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """Phrases by their meaning, the longest first, and how lines begin that telephones add."""

    stop: Sequence[Phrase]
    alone: Sequence[Phrase]
    answers: Sequence[Phrase]
    start: Sequence[Phrase]
    courtesy: Sequence[Phrase]
    about: Sequence[Phrase]
    signatures: Sequence[Phrase]


def opt_out_of(text: str | None) -> OptOut | None:
    """What a whole message asks for, in any language of the vocabulary; None for any other message.

    In any case, with accents or without, whatever punctuation stands around; with a courtesy, a line a telephone or its
    owner signs with, or a word like "messages" beside it. A sentence that holds such a word among others is a message.
    """
    if text is None or len(text) > _LONGEST:
        return None
    words = _VOCABULARY
    lines = _LINE.split(new_text(text) or text)
    said = _words("\n".join(_without_signature(lines)))
    if not 0 < len(said) <= _MOST_WORDS:
        return None
    if _says(said, words.stop, (*words.courtesy, *words.about)) or _says(said, words.alone, words.courtesy):
        return "stop"
    if _says(said, words.answers, words.courtesy):
        return "stop_or_answer"
    return "start" if _says(said, words.start, words.courtesy) else None


def holds_answer_word(text: str) -> bool:
    """Whether a message of ours holds a word that may end messages and may be asked for, as `cancel`."""
    said = _words(text[: 10 * _LONGEST])
    return any(_at(said, place, _VOCABULARY.answers) for place in range(len(said)))


def _says(said: Sequence[str], wanted: Sequence[Phrase], around: Sequence[Phrase]) -> bool:
    """Whether the words are a wanted phrase, once or more, with nothing but these phrases around it."""
    found, place = False, 0
    while place < len(said):
        if length := _at(said, place, wanted):
            found = True
        elif not (length := _at(said, place, around)):
            length = 1
            if not _is_unspaced(said[place], (*wanted, *around)):
                return False
            found |= _run(wanted).search(said[place]) is not None
        place += length
    return found


def _at(said: Sequence[str], place: int, phrases: Sequence[Phrase]) -> int:
    """The length of the longest of these phrases that stands at a place; 0 where none does."""
    return next((len(phrase) for phrase in phrases if tuple(said[place : place + len(phrase)]) == phrase), 0)


def _is_unspaced(word: str, phrases: Sequence[Phrase]) -> bool:
    """Whether a run of letters without blanks is made of such phrases, in a script that has none."""
    return _UNSPACED.search(word) is not None and _run(phrases).sub("", word) == ""


@cache
def _run(phrases: Sequence[Phrase]) -> re.Pattern[str]:
    unspaced = sorted({"".join(one) for one in phrases if _UNSPACED.search(one[0])}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, unspaced)) or r"(?!)")


def _without_signature(lines: Sequence[str]) -> list[str]:
    """The lines before a divider, without those a telephone adds and a name at the end."""
    kept: list[str] = []
    for line in lines:
        if kept and _DIVIDER.fullmatch(line):
            break
        if line.strip() and not (kept and "".join(_words(line)).startswith(_signatures())):
            kept.append(line)
    while len(kept) > 1 and _is_name(kept[-1]):
        kept.pop()
    return kept


@cache
def _signatures() -> tuple[str, ...]:
    """How such lines begin, without the blanks that some languages have not."""
    return tuple("".join(phrase) for phrase in _VOCABULARY.signatures)


def _is_name(line: str) -> bool:
    """Whether a line looks like a name: up to four words, each with a capital, none of which has a meaning here."""
    parts = re.findall(r"\w+(?:['\u2019-]\w+)*", line)
    capital = all(part[:1].isupper() and not part.isupper() for part in parts)
    words, said = _VOCABULARY, _words(" ".join(parts))
    known = any(_at(said, place, (*words.stop, *words.answers, *words.start)) for place in range(len(said)))
    return 0 < len(parts) <= _LONGEST_NAME and capital and not known


def _words(text: str) -> list[str]:
    """The words of a text in small letters, without accents and what is not seen."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_WHOLE_LETTERS))
    kinds = ((sign, unicodedata.category(sign)) for sign in apart)
    plain = "".join(sign if kind[0] in "LN" else " " for sign, kind in kinds if kind[0] != "M" and kind != "Cf")
    return plain.split()


def _load_vocabulary() -> _Vocabulary:
    text = files("journey_api.callbacks").joinpath("opt_out_words.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    meanings = {name: _phrases(_flat(some)) for name, some in document.items()}
    return _Vocabulary(**meanings)


def _flat(some: Any) -> Iterable[str]:
    return some if isinstance(some, list) else (phrase for of_language in some.values() for phrase in of_language)


def _phrases(texts: Iterable[str]) -> tuple[Phrase, ...]:
    return tuple(sorted({tuple(_words(text)) for text in texts}, key=lambda phrase: (-len(phrase), phrase)))


_VOCABULARY: Final = _load_vocabulary()
