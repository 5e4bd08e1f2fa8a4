"""E-mail."""

from typing import Final

from shared.channels.address_forms import MAIL_ADDRESS
from shared.channels.kind import ChannelKind

EMAIL: Final = ChannelKind(
    name="email",
    address=MAIL_ADDRESS,
    recorded_as="email",
    for_staff=True,
    one_click_unsubscribe=True,
    settings=("smtp_url",),
    callback_settings=("email_callback_secret",),
    without_callbacks="returned mails are heard only from callers with an admin's key",
)
