"""Letters, which people write. One wakes nobody, and is under way for days."""

from typing import Final

from shared.channels.address_forms import FREE_TEXT
from shared.channels.kind import ChannelKind, ManualSend

POST: Final = ChannelKind(
    name="post",
    address=FREE_TEXT,
    recorded_as="post",
    manual=ManualSend("LETTER", "write_letter"),
    disturbs=False,
    immediate=False,
)
