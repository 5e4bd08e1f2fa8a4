"""Web addresses of members of staff. They need no settings."""

from typing import Final

from shared.channels.address_forms import WEB_ADDRESS
from shared.channels.kind import ChannelKind

WEBHOOK: Final = ChannelKind(
    name="webhook",
    address=WEB_ADDRESS,
    for_customers=False,
    for_staff=True,
)
