"""Ids of our own: UUIDv7 (RFC 9562), so that they sort by the moment they were made."""

from uuid_utils import uuid7


def new_id() -> str:
    """A fresh UUIDv7 as text."""
    return str(uuid7())
