"""WhatsApp by the Cloud API."""

from datetime import timedelta
from typing import Final

from shared.channels.address_forms import TELEPHONE_NUMBER
from shared.channels.kind import ChannelKind, SessionWindow

WINDOW_CLOSED: Final = "131047"
"""The provider's code for free words outside of its window."""

WHATSAPP: Final = ChannelKind(
    name="whatsapp",
    address=TELEPHONE_NUMBER,
    recorded_as="message",
    for_staff=True,
    urgent_rank=0,
    delivery_timeout=timedelta(minutes=30),
    session=SessionWindow(timedelta(hours=24), WINDOW_CLOSED),
    settings=("whatsapp_url", "whatsapp_token", "whatsapp_phone_id"),
    callback_settings=("whatsapp_app_secret", "whatsapp_verify_token"),
    without_callbacks=(
        "neither receipts nor customers' messages are heard, so every message is one outside of the 24 hours"
    ),
)
