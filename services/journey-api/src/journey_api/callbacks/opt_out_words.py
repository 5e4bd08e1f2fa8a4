"""Words by which somebody ends messages to a number, or begins them again."""

import re
import unicodedata
from typing import Final, Literal

Wish = Literal["stop", "start"]

_ENGLISH: Final = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_DIVIDED: Final = frozenset({"stop all", "un subscribe", "opt out"})
"""Words of these that are also written as two, or with a hyphen."""

_PORTUGUESE: Final = frozenset({"parar", "pare", "sair", "cancelar"})
_OF_NETWORKS: Final = frozenset({"arret", "arrete", "arreter", "arrett", "baja"})
_STOP: Final = _ENGLISH | _DIVIDED | _PORTUGUESE | _OF_NETWORKS
_START: Final = frozenset({"start", "unstop", "comecar"})
_AROUND: Final = frozenset("PSZC")
"""The kinds of characters that may stand around the word: punctuation, symbols, spaces, what is not seen."""

_GAP: Final = re.compile(r"[\s\u2010-\u2015\u2212-]+")
_LONGEST: Final = 1_000
"""No longer message is looked at; one of these words has few signs around it."""


def wish_of(text: str | None) -> Wish | None:
    """What a whole message asks for; None for any other message.

    In English or Portuguese, or by a word that telephone networks know, in any case, with accents or without, whatever
    punctuation stands around it and whatever is in it that is not seen. OPT OUT and OPT-OUT are OPTOUT.
    """
    word = _GAP.sub(" ", _bare((text or "").strip()))
    if word in _STOP:
        return "stop"
    return "start" if word in _START else None


def _bare(text: str) -> str:
    """The message without accents and what is not seen, and without what stands around its letters."""
    if len(text) > _LONGEST:
        return ""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = [one for one in apart if unicodedata.category(one)[0] != "M" and unicodedata.category(one) != "Cf"]
    letters = [at for at, one in enumerate(plain) if unicodedata.category(one)[0] not in _AROUND]
    return "".join(plain[letters[0] : letters[-1] + 1]) if letters else ""
