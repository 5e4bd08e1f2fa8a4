"""The menu of the short rounds: what a seed breaks, when, and how; every strike has ended when all stand again."""

import asyncio
import random
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil
from carriers import Carrier
from mortality import kill
from running_stack import SERVICES, RunningStack
from strike_target import STANDS_AGAIN, Strike, StrikeTarget
from strikes_on_database import database_answers, deliver_again, end_sessions, kill_session, signal_database
from waiting import pause, until


@dataclass(frozen=True, slots=True)
class Planned:
    """A strike so many seconds after the load began."""

    name: str
    at: float
    chance: random.Random


def plan_strikes(seed: int, brokers: bool, within: float) -> list[Planned]:
    """One or two of the menu, the same for the same seed; they may fall together."""
    chance = random.Random(f"strikes {seed}")
    menu = [name for name in MENU if brokers or name not in OF_BROKERS]
    names = chance.sample(menu, chance.choice((1, 2)))
    return [Planned(name, chance.uniform(0.2, within), random.Random(f"{name} {seed}")) for name in names]


async def strike_all(plan: Sequence[Planned], stack: RunningStack, carrier: Carrier) -> None:
    """Each strike in its time; then wait until database and services stand again."""

    async def strike(planned: Planned) -> None:
        await pause(planned.at)
        await MENU[planned.name](StrikeTarget(stack, carrier, planned.chance))

    async with asyncio.TaskGroup() as group:
        for planned in plan:
            group.create_task(strike(planned))
    await until(lambda: database_answers(stack), STANDS_AGAIN, "the database answers again")
    await stack.ready()


async def kill_service(target: StrikeTarget) -> None:
    """kill -9 of one."""
    kill(await target.process(target.chance.choice(SERVICES)))


async def kill_services(target: StrikeTarget) -> None:
    """kill -9 of all at once."""
    for process in target.stack.processes().values():
        kill(process)


async def stop_service(target: StrikeTarget) -> None:
    """SIGSTOP for some seconds: over Kafka up to and past the end of its membership."""
    await _stand_still(await target.process(target.chance.choice(SERVICES)), target)


async def kill_broker(target: StrikeTarget) -> None:
    """kill -9, and another on the same folder at once or a moment later."""
    broker = target.carrier.brokers[1]
    broker.kill()
    await pause(target.chance.choice((0.0, target.chance.uniform(0.0, 3.0))))
    broker.launch()
    await asyncio.to_thread(broker.wait_ready)


async def stop_broker(target: StrikeTarget) -> None:
    """SIGSTOP for some seconds: connections stay, nobody answers."""
    await _stand_still(psutil.Process(target.carrier.brokers[1].pid), target)


async def _stand_still(process: psutil.Process, target: StrikeTarget) -> None:
    with suppress(psutil.NoSuchProcess):
        process.suspend()
        try:
            await pause(target.chance.uniform(1.0, 8.0))
        finally:
            process.resume()


MENU: Mapping[str, Strike] = {
    "a service killed": kill_service,
    "all services killed": kill_services,
    "a service stopped": stop_service,
    "database killed": signal_database(signal.SIGKILL),
    "database restarted fast": signal_database(signal.SIGINT),
    "database restarted at once": signal_database(signal.SIGQUIT),
    "sessions ended": end_sessions,
    "a session killed": kill_session,
    "everything once more": deliver_again,
    "broker killed": kill_broker,
    "broker stopped": stop_broker,
}
OF_BROKERS = frozenset({"broker killed", "broker stopped"})
