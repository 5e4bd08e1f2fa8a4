"""How long a text message is: its alphabet (GSM 03.38 or UCS-2) and the parts it is sent in."""

import math
from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€\f")
"""Each of these takes the room of two."""

_GSM_ROOM: Final = (160, 153)
_UCS_ROOM: Final = (70, 67)
"""Characters of a message that is one part, and of each part of a longer one."""

_PLAIN: Final = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " ", "\u202f": " ", "…": "..."}
)


def plain_punctuation(text: str) -> str:
    """The text with the signs of its alphabet, where nothing but typographic ones keeps it out of GSM 03.38."""
    plain = text.translate(_PLAIN)
    return plain if is_gsm7(plain) else text


def is_gsm7(text: str) -> bool:
    """Whether GSM 03.38 has every character of it."""
    return not foreign_characters(text)


def foreign_characters(text: str) -> frozenset[str]:
    """The characters that GSM 03.38 does not have."""
    return frozenset(text) - _BASIC - _EXTENDED


def count_parts(text: str) -> int:
    """How many parts a provider sends and bills; characters beyond the BMP count twice in UCS-2."""
    if is_gsm7(text):
        length, (single, part) = len(text) + sum(one in _EXTENDED for one in text), _GSM_ROOM
    else:
        length, (single, part) = len(text.encode("utf-16-le")) // 2, _UCS_ROOM
    return 1 if length <= single else math.ceil(length / part)
