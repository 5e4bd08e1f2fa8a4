"""The stories' way to send e-mail: what was given is kept, and nothing leaves the house."""

from dataclasses import dataclass, field

from notifier.channels.channel import Accepted, Outbound


@dataclass
class MemoryMailChannel:
    """An e-mail channel that keeps what it is given."""

    provider: str = "smtp"
    accepted_is_delivered: bool = True
    taken: list[Outbound] = field(default_factory=list)

    async def send(self, message: Outbound) -> Accepted:
        """Take it."""
        message.hand_over()
        self.taken.append(message)
        return Accepted(f"<{message.attempt_id}@x>")

    async def close(self) -> None:
        """Nothing to let go of."""
