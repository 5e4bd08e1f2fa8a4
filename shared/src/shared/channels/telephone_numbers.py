"""Telephone numbers as people, telephones and messengers write them, read into E.164."""

import re
import unicodedata
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

_LABEL: Final = re.compile(
    r"^\s*(?:tel|telefone?|tel[ée]fono|t[ée]l[ée]phone|telephone|telem[oó]vel|telm|tlm|phone|m[oó]bile?|mob|m[oó]v[ei]l|"
    r"handy|cell(?:ulare)?|celular|cel|gsm|t|m|sms|callto|whatsapp|wa|тел|телефон|моб|电话|電話|手机|携帯)\s*[.:：]+\s*",
    re.IGNORECASE,
)
"""What people write before a number, and schemes of links."""

_EXTENSION: Final = re.compile(
    r"[\s,;](?:ramal|int(?:erno)?|poste|anexo|toestel|apparat|app|durchwahl|dw|wew|доб|内線|分机|分機|linha|extensi[oó]n|extens[aã]o)"
    r"[.:]?\s*\d{1,6}\s*$",
    re.IGNORECASE,
)
"""An extension behind a number, by words that `phonenumbers` does not know."""

_LETTERS: Final = re.compile(r"[^\W\d_]+")
_LETTERS_OF_NUMBERS: Final = frozenset({"x", "xx", "ext", "extn", "phone", "context"})
"""Letters that belong to a number: its extension, a carrier left open (`0xx11`), a parameter of `tel:`."""

_TRUNK_ZERO: Final = re.compile(r"\(0\)")
_FORMER_PLANS: Final = (
    # Mexico dropped the prefixes of mobile and long-distance calls in 2019; WhatsApp still writes the 1
    (re.compile(r"\+52(?:1|01|044|045)(\d{10})"), r"+52\1"),
    # Brazil put a 9 before mobile numbers, 2012 to 2016; WhatsApp leaves it out of older accounts
    (re.compile(r"\+55([1-9]\d)([6-9]\d{7})"), r"+55\g<1>9\2"),
    # Benin put 01 before every number in 2024
    (re.compile(r"\+229(\d{8})"), r"+22901\1"),
)
_SAME_LINE: Final = (
    # Argentina: the 9 tells that a mobile is called from abroad; no other line has the number without it
    (re.compile(r"\+549(\d{10})"), r"+54\1"),
)
_LONGER: Final = ((re.compile(r"\+54(\d{10})"), r"+549\1"),)
"""The way back from the form that is compared."""


def e164(text: str, region: str | None = None) -> str | None:
    """A telephone number as E.164 writes it (`+351911111111`); None for what can be no number.

    `region` (ISO 3166) is whose national numbers are meant where no country code is given; without one only
    international numbers can be read. Numbers of a former plan of Mexico,
    Brazil or Benin come in the present one. Providers that leave the plus out, as WhatsApp does, are to have it put
    before.
    """
    written = _EXTENSION.sub("", _LABEL.sub("", "".join(map(_plain, text))))
    if not _LETTERS_OF_NUMBERS.issuperset(_LETTERS.findall(written.casefold())):
        return None
    return _read(written, region) or _read(_TRUNK_ZERO.sub("", written), region)


def _plain(sign: str) -> str:
    """A blank or hyphen of any kind as that of ASCII; nothing for what is not seen, as a direction mark."""
    kind = unicodedata.category(sign)
    if sign.isspace() or kind == "Zs":
        return " "
    if kind == "Pd" or sign == "\u2212":
        return "-"
    return "" if kind == "Cf" else sign


def comparable(number: str) -> str:
    """A number in E.164 in the form that is the same for every spelling of one line."""
    return _rewritten(number, _SAME_LINE)


def same_line(number: str) -> tuple[str, ...]:
    """The numbers in E.164 that are one line with this one, the one that is compared first."""
    ways = (way.sub(back, comparable(number)) for way, back in _LONGER if way.fullmatch(comparable(number)))
    return tuple(dict.fromkeys((comparable(number), *ways)))


def _read(written: str, region: str | None) -> str | None:
    try:
        parsed = phonenumbers.parse(written, region)
    except NumberParseException:
        return None
    number = _rewritten(_format(parsed), _FORMER_PLANS)
    possible = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(number))
    return number if possible == ValidationResult.IS_POSSIBLE else None


def _format(parsed: PhoneNumber) -> str:
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def _rewritten(number: str, plans: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for former, present in plans:
        if former.fullmatch(number):
            return former.sub(present, number)
    return number
