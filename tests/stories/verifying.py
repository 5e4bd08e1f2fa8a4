"""What a verification says of a story so far."""

from stage import Stage

from shared.playbook.entries import Playbook
from shared.verification import Difference, Scope, verify


async def clocks_at_odds(stage: Stage, playbook: Playbook) -> list[Difference]:
    """The clocks that a verification rebuilds otherwise than they are stored."""
    verdicts = [verdict async for verdict in verify(stage.database, playbook, Scope(), stage.clock())]
    return [one for verdict in verdicts for one in verdict.differences if one.what == "clock"]
