"""What is true of a kind of channel, whoever sends on it."""

from dataclasses import dataclass
from datetime import timedelta

from shared.channels.address_forms import AddressForm


@dataclass(frozen=True, slots=True)
class ManualSend:
    """The task by which a person carries a message out: its entry and mode."""

    entry: str
    mode: str


@dataclass(frozen=True, slots=True)
class SessionWindow:
    """Free words are allowed for `length` (domain time) after the recipient's last message, else approved templates.

    `closed_code`: how the provider says that the window is closed by its own count.
    """

    length: timedelta
    closed_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """One kind of channel. What is not said of it is false, or has no limit.

    `for_customers`, `for_staff`: whose record may hold such an address. `recorded_as`: the channel of the contacts it
    makes; what came on that channel is answered by this kind. `manual`: the task by which a person does it; None: a
    machine sends. `spoken`: it has reached somebody only if they spoke.

    `urgent_rank`: lower goes first where a message is urgent. `disturbs`: quiet hours concern it. `immediate`: it can
    keep a deadline. `delivery_timeout` (domain time): how long it may show no delivery before the next channel is
    tried; None: acceptance is delivery, or a person says what came of it. `one_click_unsubscribe`: its messages to
    customers carry the link of RFC 8058. `short`: a message is a few lines, not a letter.

    `settings`: names in the settings, all needed once the first is set. `callback_settings`: those without which
    nothing comes back, and `without_callbacks` what that means to an operator.
    """

    name: str
    address: AddressForm
    recorded_as: str | None = None
    for_customers: bool = True
    for_staff: bool = False
    manual: ManualSend | None = None
    spoken: bool = False
    urgent_rank: int = 1
    disturbs: bool = True
    immediate: bool = True
    delivery_timeout: timedelta | None = None
    session: SessionWindow | None = None
    one_click_unsubscribe: bool = False
    short: bool = False
    settings: tuple[str, ...] = ()
    callback_settings: tuple[str, ...] = ()
    without_callbacks: str = ""

    def answers(self, contact_channel: str) -> bool:
        """Whether a contact or event on this channel is answered by this kind."""
        return contact_channel in (self.name, self.recorded_as)
