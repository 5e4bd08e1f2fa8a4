"""Ids and keys. Ids of our own are UUIDv7 (RFC 9562), so they sort by the moment they were made."""

import re
from datetime import datetime
from typing import Final

from uuid_utils import uuid7

CaseKey = tuple[str, str]
"""Dealer and case: a case's id is unique within its dealer."""

CustomerKey = tuple[str, str]
"""Dealer and customer."""

VehicleKey = tuple[str, str]
"""Dealer, and the VIN as it is compared or as it was seen."""

_CODE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


def new_id() -> str:
    """A fresh UUIDv7 as text."""
    return str(uuid7())


def first_id(at: datetime) -> str:
    """What sorts before every id made at an instant or later, in real time, and after those made before."""
    digits = f"{int(at.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def provider_code(value: object) -> str | None:
    """A provider's own code, a number or a word without spaces; None for what might tell of a person."""
    return str(value) if type(value) in (int, str) and _CODE.fullmatch(str(value)) else None
