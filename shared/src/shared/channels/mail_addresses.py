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
    written = "".join(sign for sign in address if unicodedata.category(sign) != "Cf").strip()
    local, _, domain = written.rpartition("@")
    if len(local) > _LONGEST_LOCAL_PART or not _LOCAL_PART.fullmatch(local):
        return None
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None
    whole = f"{local}@{encoded}"
    return whole if len(whole) <= _LONGEST else None
