"""Text messages."""

from datetime import timedelta
from typing import Final

from shared.channels.address_forms import TELEPHONE_NUMBER
from shared.channels.kind import ChannelKind

SMS: Final = ChannelKind(
    name="sms",
    short=True,
    address=TELEPHONE_NUMBER,
    recorded_as="message",
    for_staff=True,
    urgent_rank=0,
    delivery_timeout=timedelta(minutes=10),
    settings=("sms_url", "sms_account", "sms_token", "sms_from"),
)
