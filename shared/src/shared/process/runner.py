"""The skeleton of a service process: loops, an HTTP port for health and more, and an orderly stop."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import structlog
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.types import ASGIApp

from shared.process.error_text import reason_of, root_causes
from shared.process.health import OK, Health
from shared.process.http_protocol import ProblemHttpProtocol
from shared.process.settings import InvalidSettings, ServiceSettings
from shared.process.shutdown import Loop, pause
from shared.process.supervisor import Supervisor
from shared.process.telemetry import start_telemetry

STOP_WITHIN: Final = timedelta(seconds=5)
"""How long loops may take to finish what they hold; then they are cancelled, and the next process does it again."""

LINGER: Final = timedelta(milliseconds=500)
"""How long the port stays open after the order to stop, so that whoever watches readiness sees it."""

_ASK_AGAIN: Final = timedelta(milliseconds=250)
_DRAIN_SECONDS: Final = 2

_log = structlog.get_logger()


@dataclass(frozen=True)
class Parts:
    """What a service is made of. `loops` start once the database stands at the needed migration.

    `app` answers on the service's port; None: only health and metrics.
    """

    health: Health
    loops: Mapping[str, Loop] = field(default_factory=dict)
    app: ASGIApp | None = None


_Settings = TypeVar("_Settings", bound=ServiceSettings)
Build = Callable[[_Settings, asyncio.Event], AbstractAsyncContextManager[Parts]]
"""Opens what the service needs and closes it after its loops and its port; the event is set when it must stop.

What requests wait for while the port drains is opened here and is no loop, for loops end first.
"""


def run_service(name: str, kind: type[_Settings], build: Build[_Settings]) -> None:
    """Run a service with settings of this kind until SIGTERM or SIGINT.

    The process exits with 1 when its settings are invalid, the start fails or a loop keeps failing. `name` is
    journey_api, handoff_worker or notifier.
    """
    try:
        settings = kind()
    except InvalidSettings as refused:
        raise SystemExit(str(refused)) from None
    start_telemetry(name, settings.log_level)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(name, settings, build))
    except Exception as error:
        _log.exception("service_failed", causes=[reason_of(cause) for cause in root_causes(error)])
        raise SystemExit(1) from None


async def _run(name: str, settings: _Settings, build: Build[_Settings]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with build(settings, stop) as parts:
        spare_the_collector()
        supervisor = Supervisor(parts.loops)
        parts.health.checks["loops"] = supervisor.check
        app = parts.app or Starlette(routes=parts.health.routes())
        async with listening(app, _listener(settings)) as port:
            announce(name, port, settings.data_dir)
            await _work(parts.health, supervisor, stop)
    _log.info("stopped")


def spare_the_collector() -> None:
    """Freeze long-lived objects so that the garbage collector skips them; a batch allocates about 100,000 others."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    gc.enable()


async def _work(health: Health, supervisor: Supervisor, stop: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        work = group.create_task(_loops_when_ready(health, supervisor, stop))
        group.create_task(_end(health, work, stop))


async def _loops_when_ready(health: Health, supervisor: Supervisor, stop: asyncio.Event) -> None:
    while not stop.is_set():
        report = await health.report()
        if all(answer == OK for check, answer in report.items() if check != "loops"):
            await supervisor.run(stop)
            return
        await pause(stop, _ASK_AGAIN)


async def _end(health: Health, work: asyncio.Task[None], stop: asyncio.Event) -> None:
    """Say at once that no more work is wanted; cancel what does not finish in time."""
    await stop.wait()
    health.stopping = True
    _log.info("stopping")
    await asyncio.sleep(LINGER.total_seconds())
    await asyncio.wait([work], timeout=STOP_WITHIN.total_seconds())
    if not work.done():
        _log.warning("cancelled_unfinished")
        work.cancel()


def announce(name: str, port: int, data_dir: Path) -> None:
    """Tell the real port in a log line and in `<data_dir>/<name>.port`."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / f"{name}.port").write_text(f"{port}\n")
    _log.info("listening", port=port)


@asynccontextmanager
async def listening(app: ASGIApp, listener: socket.socket) -> AsyncIterator[int]:
    """Serve an application on a socket inside the context; gives the port. Requests get two seconds to end."""
    config = uvicorn.Config(
        app,
        loop="none",
        http=ProblemHttpProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    server = _Server(config)
    with listener:
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.end()
            await serving


class _Server(uvicorn.Server):
    """A server that leaves signals to the process, and wakes once a second, not ten times, when nothing is to do."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Take no more requests; those under way get their time."""
        self.should_exit = True
        self._ended.set()

    async def main_loop(self) -> None:
        """Keep the Date of the answers right, until the end."""
        while not await self.on_tick(0):
            await pause(self._ended, timedelta(seconds=1))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def _listener(settings: ServiceSettings) -> socket.socket:
    """The socket a supervisor handed over, which outlives this process; else one of our own.

    Raises OSError when the port is taken.
    """
    if settings.listen_fd is not None:
        return socket.socket(fileno=settings.listen_fd)
    host = settings.http_host
    return socket.create_server((host, settings.port), family=_family(host), backlog=2048)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
