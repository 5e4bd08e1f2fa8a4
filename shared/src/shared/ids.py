"""Ids of our own: UUIDv7 (RFC 9562), so that they sort by the moment they were made; and codes of others."""

import re
from typing import Final

from uuid_utils import uuid7

_CODE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


def new_id() -> str:
    """A fresh UUIDv7 as text."""
    return str(uuid7())


def provider_code(value: object) -> str | None:
    """A provider's own code, a number or a word without spaces; None for what might tell of a person."""
    return str(value) if type(value) in (int, str) and _CODE.fullmatch(str(value)) else None
