"""What a verification says of a story so far."""

from stage import Stage

from handoff_local.verify import Difference, Scope, verify
from shared.playbook.ruleset.entries import Playbook


async def at_odds(stage: Stage, playbook: Playbook) -> list[Difference]:
    """What a verification rebuilds otherwise than it is stored."""
    verdicts = [verdict async for verdict in verify(stage.database, playbook, Scope(), stage.clock())]
    return [one for verdict in verdicts for one in verdict.differences]


async def clocks_at_odds(stage: Stage, playbook: Playbook) -> list[Difference]:
    """The clocks that a verification rebuilds otherwise than they are stored."""
    return [one for one in await at_odds(stage, playbook) if one.what == "clock"]
