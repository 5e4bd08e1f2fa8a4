"""What a verification says of a story so far."""

from handoff_local.verify import Difference, Scope, verify
from harness.dealership import Dealership
from shared.playbook.ruleset.entries import Playbook


async def at_odds(services: Dealership, playbook: Playbook) -> list[Difference]:
    """What a verification rebuilds otherwise than it is stored."""
    verdicts = [verdict async for verdict in verify(services.database, playbook, Scope(), services.clock())]
    return [one for verdict in verdicts for one in verdict.differences]


async def clocks_at_odds(services: Dealership, playbook: Playbook) -> list[Difference]:
    """The clocks that a verification rebuilds otherwise than they are stored."""
    return [one for one in await at_odds(services, playbook) if one.what == "clock"]
