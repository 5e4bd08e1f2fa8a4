"""The proof of `handoff verify`: decisions, tasks and clocks rebuilt from what is stored are those that are stored."""

from collections import Counter

from handoff_local.verify import Scope, verify
from shared.clock import clock_from
from shared.db.engine import Database, read_anchor
from shared.playbook.ruleset.loader import load_playbook
from shared.process.settings import async_address

AT_WILL = frozenset({"started by hand", "stands for a message", "a time rule reminds of it"})
"""What no event calls for: people, messages and dates do."""


async def prove_no_drift(address: str) -> Counter[str]:
    """Nothing differs, nothing is left out but what people, messages and dates began; answers what was compared."""
    database = Database(async_address(address), pool_size=1)
    compared: Counter[str] = Counter()
    try:
        now = clock_from(await read_anchor(database))()
        async for verdict in verify(database, load_playbook(), Scope(), now):
            assert not verdict.differences, verdict.differences[0].line()
            left = {what: reason for what, reason in verdict.excused if reason not in AT_WILL}
            assert not left, left
            compared.update(verdict.compared)
    finally:
        await database.close()
    assert min(compared[what] for what in ("decision", "task", "clock", "due time", "routing")) > 0
    return compared
