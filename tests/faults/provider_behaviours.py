"""What providers of SMS and WhatsApp do with a message, and by which channels its customer is then reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from harness.gateways import Fault, Reply

WAIT: Final = 3
"""Seconds for which a busy provider wants to be left alone."""

NOBODY: Final = "no channel"
"""Where a channel would be named: there is none left."""

DELIVERED: Final = ("sent", "delivered")
_BUSY: Final = {"retry-after": str(WAIT)}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the first channel of a customer treats the message.

    `ends`: each channel that is tried and how its notification ends; the first is the one all this is about. `faults`:
    what is done with successive sends, after which it is taken. `told`: the receipts for what was taken, in this
    order. `listed`: what is answered when somebody asks. Every channel but the first delivers.
    """

    ends: tuple[tuple[str, str], ...]
    faults: tuple[Fault | Reply, ...] = ()
    told: tuple[str, ...] = DELIVERED
    listed: str = "delivered"
    alone: bool = False
    """Whether the customer has no other channel."""

    @property
    def channel(self) -> str:
        """The channel the customer prefers."""
        return self.ends[0][0]

    @property
    def ways(self) -> tuple[str, ...]:
        """The customer's channels, in order."""
        if self.alone:
            return (self.channel,)
        return ("sms", "email") if self.channel == "sms" else ("whatsapp", "sms", "email")

    @property
    def shows_no_delivery(self) -> bool:
        """Whether the provider never says, of its own accord or asked, that it delivered or gave up."""
        return self.listed == "queued" and not {"delivered", "read", "failed"}.intersection(self.told)


SMS: Final = (("sms", "delivered"),)
SMS_THEN_MAIL: Final = (("sms", "failed"), ("email", "delivered"))
WHATSAPP: Final = (("whatsapp", "delivered"),)
WHATSAPP_READ: Final = (("whatsapp", "read"),)
WHATSAPP_THEN_SMS: Final = (("whatsapp", "failed"), ("sms", "delivered"))

BEHAVIOURS: Final[Mapping[str, Behaviour]] = {
    "sms": Behaviour(SMS),
    "sms-error": Behaviour(SMS, (Reply(500),)),
    "sms-busy": Behaviour(SMS, (Reply(429, 20429, _BUSY),)),
    "sms-hangs": Behaviour(SMS, ("hang",), told=()),
    "sms-hangs-and-tells": Behaviour(SMS, ("hang",)),
    "sms-taken-and-cut": Behaviour(SMS, ("drop",), told=()),
    "sms-cut": Behaviour(SMS_THEN_MAIL, ("drop unread",), told=(), listed="queued"),
    "sms-without-id": Behaviour(SMS, ("mute",), told=()),
    "sms-swallowed": Behaviour(SMS_THEN_MAIL, told=("sent",), listed="queued"),
    "sms-refused": Behaviour(SMS_THEN_MAIL, (Reply(400, 21211),)),
    "sms-refused-by-a-yes": Behaviour(SMS_THEN_MAIL, ("lie",)),
    "sms-undelivered": Behaviour(SMS_THEN_MAIL, told=("sent", "failed"), listed="undelivered"),
    "sms-told-again": Behaviour(SMS, told=("delivered", "sent", "delivered", "sent", "sent")),
    "sms-taken-back": Behaviour(SMS, told=("delivered", "failed", "sent")),
    "sms-after-all": Behaviour(SMS_THEN_MAIL, told=("failed", "delivered")),
    "sms-nobody-left": Behaviour((("sms", "failed"), (NOBODY, "failed")), (Reply(400, 21211),), alone=True),
    "whatsapp": Behaviour(WHATSAPP_READ, told=("sent", "delivered", "read")),
    "whatsapp-error": Behaviour(WHATSAPP, (Reply(500),)),
    "whatsapp-not-available": Behaviour(WHATSAPP, (Reply(400, 131016),)),
    "whatsapp-busy": Behaviour(WHATSAPP, (Reply(429, 130429, _BUSY),)),
    "whatsapp-hangs": Behaviour(WHATSAPP_THEN_SMS, ("hang",), told=(), listed="queued"),
    "whatsapp-hangs-and-tells": Behaviour(WHATSAPP, ("hang",)),
    "whatsapp-taken-and-cut": Behaviour(WHATSAPP_THEN_SMS, ("drop",), told=(), listed="queued"),
    "whatsapp-cut-and-tells": Behaviour(WHATSAPP_READ, ("drop",), told=("read", "delivered")),
    "whatsapp-cut": Behaviour(WHATSAPP_THEN_SMS, ("drop unread",), told=(), listed="queued"),
    "whatsapp-without-id": Behaviour(WHATSAPP, ("mute",)),
    "whatsapp-swallowed": Behaviour(WHATSAPP_THEN_SMS, told=("sent", "sent"), listed="queued"),
    "whatsapp-refused": Behaviour(WHATSAPP_THEN_SMS, (Reply(400, 131026),)),
    "whatsapp-refused-by-a-yes": Behaviour(WHATSAPP_THEN_SMS, ("lie",)),
    "whatsapp-undelivered": Behaviour(WHATSAPP_THEN_SMS, told=("sent", "failed")),
    "whatsapp-backwards": Behaviour(WHATSAPP_READ, told=("read", "delivered", "sent")),
}
"""By what a customer is called after."""
