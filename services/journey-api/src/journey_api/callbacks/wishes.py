"""Words by which somebody ends messages to a number, or begins them again."""

import unicodedata
from typing import Final, Literal

Wish = Literal["stop", "start"]

_ENGLISH: Final = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_PORTUGUESE: Final = frozenset({"parar", "pare", "sair", "cancelar"})
_OF_NETWORKS: Final = frozenset({"arret", "arrete", "arrett", "baja"})
_STOP: Final = _ENGLISH | _PORTUGUESE | _OF_NETWORKS
_START: Final = frozenset({"start", "unstop", "comecar"})
_AROUND: Final = frozenset("PSZC")
"""The kinds of characters that may stand around the word: punctuation, symbols, spaces, what is not seen."""


def wish_of(text: str | None) -> Wish | None:
    """What a whole message asks for; None for any other message.

    In English or Portuguese, or by a word that telephone networks know, in any case, with accents or without, whatever
    punctuation stands around it.
    """
    word = _bare(text or "")
    if word in _STOP:
        return "stop"
    return "start" if word in _START else None


def _bare(text: str) -> str:
    """The message without accents, and without what stands around its letters."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    kinds = [(one, unicodedata.category(one)[0]) for one in apart]
    plain = [(one, kind) for one, kind in kinds if kind != "M"]
    while plain and plain[0][1] in _AROUND:
        del plain[0]
    while plain and plain[-1][1] in _AROUND:
        del plain[-1]
    return "".join(one for one, _ in plain)
