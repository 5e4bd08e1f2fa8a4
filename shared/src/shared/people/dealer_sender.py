"""What messages of a dealer come from: its own addresses, where it has any, at each channel."""

from collections.abc import Mapping
from typing import Any, Final

_FIELDS: Final = {"email": "email_from", "sms": "sms_from", "whatsapp": "whatsapp_phone_id"}


def sender_address(dealer: Mapping[str, Any], channel: str) -> str | None:
    """The address that a dealer's record gives for a channel: an e-mail address, a number or name, WhatsApp's id of a
    number; None: the installation's.
    """
    field = _FIELDS.get(channel)
    return (dealer.get("sender") or {}).get(field) if field else None
