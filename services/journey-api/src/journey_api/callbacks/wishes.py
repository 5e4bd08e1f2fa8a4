"""Words by which somebody ends messages to a number, or begins them again."""

from typing import Final, Literal

Wish = Literal["stop", "start"]

_STOP: Final = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "parar", "sair", "cancelar"})
_START: Final = frozenset({"start", "unstop", "começar"})


def wish_of(text: str | None) -> Wish | None:
    """What a whole message asks for, in any case, in English or Portuguese; None for any other message."""
    word = (text or "").strip().casefold()
    if word in _STOP:
        return "stop"
    return "start" if word in _START else None
