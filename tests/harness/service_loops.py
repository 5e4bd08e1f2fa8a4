"""The loops of worker and notifier as their mains assemble them, run pass by pass instead of by real time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from handoff_worker import main as worker
from notifier import main as notifier
from notifier.channels.channel import Channel
from shared.clock import Clock
from shared.db.engine import Database
from shared.messaging.bus import Transport
from shared.messaging.consumer import Consumer, ConsumerLoop
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.process.periodic import JobLoop
from shared.process.shutdown import Loop


@dataclass(frozen=True)
class ServiceLoops:
    """What both services do, by the names their mains give it. Nothing is added to it, and nothing left out."""

    worker: Mapping[str, Loop]
    notifier: Mapping[str, Loop]

    def __post_init__(self) -> None:
        for name, loop in self._named():
            if isinstance(loop, JobLoop):
                assert loop.name == name, f"the loop {name} logs as {loop.name}"

    @property
    def consumers(self) -> list[Consumer]:
        """Those who read records."""
        return [loop.consumer for _, loop in self._named() if isinstance(loop, ConsumerLoop)]

    @property
    def unscheduled(self) -> list[Loop]:
        """The loops without single passes: those that read records, listen or clean up. They run beside the story."""
        return [loop for _, loop in self._named() if not isinstance(loop, JobLoop)]

    def job(self, name: str) -> JobLoop:
        """The notifier's job of this name."""
        loop = self.notifier[name]
        assert isinstance(loop, JobLoop)
        return loop

    async def run_jobs(self) -> bool:
        """One pass of each job; of one that is woken only if it was. Answers whether any found something to do."""
        jobs = [loop for _, loop in self._named() if isinstance(loop, JobLoop)]
        # whoever wakes others comes before them
        found = [await job.single_pass() for job in jobs if job.wake is None]
        for job in jobs:
            if job.wake is not None and job.wake.is_set():
                job.wake.clear()
                found.append(await job.single_pass())
        return any(found)

    def _named(self) -> Iterator[tuple[str, Loop]]:
        yield from self.worker.items()
        yield from self.notifier.items()


def service_loops(
    database: Database,
    clock: Clock,
    channels: Mapping[str, Channel],
    real_clock: Clock,
    public_url: str = "",
    open_transport: Callable[[NotifyListener], Transport] | None = None,
    reply_domain: str = "",
) -> ServiceLoops:
    """The loops of both mains on one database and one clock; each has a listener of its own, and opens a transport."""
    of_worker, of_notifier = NotifyListener(database), NotifyListener(database)
    return ServiceLoops(
        worker.loops_of(database, clock, of_worker, transport=open_transport and open_transport(of_worker)),
        notifier.loops_of(
            database,
            clock,
            channels,
            of_notifier,
            public_url=public_url,
            transport=open_transport and open_transport(of_notifier),
            real_clock=real_clock,
            reply_domain=reply_domain,
        ),
    )
