"""Calls, which people make."""

from typing import Final

from shared.channels.address_forms import TELEPHONE_NUMBER
from shared.channels.kind import ChannelKind, ManualSend

TELEPHONE: Final = ChannelKind(
    name="telephone",
    address=TELEPHONE_NUMBER,
    recorded_as="telephone",
    manual=ManualSend("CALL", "call_customer"),
    spoken=True,
)
