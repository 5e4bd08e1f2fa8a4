"""Mail addresses: what a server can be given, and the form in which two spellings of one are equal."""

import re
import unicodedata
from typing import Final

import idna

_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_LONGEST_LOCAL_PART: Final = 64
_LONGEST: Final = 254


def sendable(address: str) -> str | None:
    """The address as SMTP takes it (RFC 5321, RFC 5890): its domain in ASCII; None for what cannot be written to.

    A local part outside ASCII would need SMTPUTF8 at every server on the way, so it counts as none.
    """
    local, _, domain = _seen(address).rpartition("@")
    if len(local) > _LONGEST_LOCAL_PART or not _LOCAL_PART.fullmatch(local):
        return None
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None
    whole = f"{local}@{encoded}"
    return whole if len(whole) <= _LONGEST else None


def kept(address: str) -> str:
    """The address as it is stored: as it was written, without what is not seen, a domain outside ASCII as IDNA reads it
    (small letters, composed accents).
    """
    local, at, domain = _seen(address).rpartition("@")
    if domain.isascii():
        return f"{local}{at}{domain}"
    try:
        return f"{local}{at}{idna.uts46_remap(domain)}"
    except idna.IDNAError:
        return f"{local}{at}{domain}"


def stored_spellings(address: str) -> tuple[str, ...]:
    """The ways in which one address may be stored, all in small letters: its domain in ASCII and outside it."""
    plain = kept(address).lower()
    encoded = sendable(plain)
    if encoded is None:
        return (plain,)
    local, _, domain = encoded.rpartition("@")
    try:
        read = idna.decode(domain)
    except idna.IDNAError:
        return (encoded,)
    return tuple(dict.fromkeys((encoded, f"{local}@{read}")))


def _seen(address: str) -> str:
    return "".join(sign for sign in address if unicodedata.category(sign) != "Cf").strip().removesuffix(".")
