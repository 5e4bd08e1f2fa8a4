"""Ids of our own: UUIDv7 (RFC 9562), so that they sort by the moment they were made."""

from datetime import datetime

from uuid_utils import uuid7


def new_id() -> str:
    """A fresh UUIDv7 as text."""
    return str(uuid7())


def first_id(at: datetime) -> str:
    """What no id made at this real time or later sorts before: a UUIDv7 begins with its milliseconds."""
    milliseconds = int(at.timestamp() * 1000)
    return f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}"
