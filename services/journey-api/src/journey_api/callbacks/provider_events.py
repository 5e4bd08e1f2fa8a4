"""What a provider says, as values: of an attempt of ours, or on behalf of a customer."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeGuard

from journey_api.callbacks.opt_out_words import OptOut

DeliveryStatus = Literal["accepted", "delivered", "read", "perm_failed"]

LONGEST_ID: Final = 255
"""No provider's id of a message is longer, and none of ours."""

_UNKEPT: Final = re.compile("[\\x00\\ud800-\\udfff]")


@dataclass(frozen=True, slots=True)
class Statement:
    """What became of a message. Our attempt's id names it, else the provider's own reference.

    `number`: whom it went to, in E.164, where that is said.
    """

    status: DeliveryStatus
    attempt_id: str | None = None
    reference: str | None = None
    code: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of a customer. `number` is in E.164, `reference` the provider's own id of it.

    `silent`: it asks for no reply, as a reaction does not. `opt_out`: what the provider has understood, if anything.
    `at`: when it was written by the provider's clock, where that is said. `dealers`: whose number it was written to;
    none: the installation's.
    """

    channel: str
    reference: str
    number: str
    text: str | None = None
    silent: bool = False
    opt_out: OptOut | None = None
    at: datetime | None = None
    dealers: frozenset[str] = frozenset()


def is_id(text: str | None) -> TypeGuard[str]:
    """Whether this can be the id of a message."""
    return text is not None and 0 < len(text) <= LONGEST_ID


def storable(text: str) -> str:
    """A text without what PostgreSQL keeps in none: NUL, and halves of surrogate pairs."""
    return _UNKEPT.sub("", text)
