"""Everything on one machine: database, migrate job, services, mail sink and demo, until a signal ends it."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from handoff_local.database.postgres import EmbeddedPostgres, PostgresFailed
from handoff_local.errors import CommandFailed
from handoff_local.launcher.child import Child, stop_all
from handoff_local.launcher.clock_start import unheeded_start
from handoff_local.launcher.data_folder import KEY_FILE, SINK, DataFolder, FolderTaken, FolderUnusable
from handoff_local.launcher.forked_service import import_services
from handoff_local.launcher.listening_ports import PortBusy
from handoff_local.launcher.process_signals import Signals, Stopped
from handoff_local.launcher.settings import StackSettings
from handoff_local.launcher.stack import (
    NOTIFIER,
    SERVICES,
    KeptPostgres,
    ServiceChild,
    Sink,
    api_address,
    demo_child,
    open_listeners,
    service_children,
)
from handoff_local.launcher.supervisor import Supervisor
from shared.clock import Anchor
from shared.process.settings import InvalidSettings

DemoHours = Callable[[datetime], datetime | None]
DemoIsLoaded = Callable[[Path], bool]

_TICK: Final = 0.1
_DEMO_LOADED_WITHIN: Final = 60.0
_SERVICES_WITHIN: Final = 5.0
_DATABASE_WITHIN: Final = 2.5


def up(
    echo: Callable[[str], None] = lambda text: print(text, flush=True),
    demo_hours: DemoHours = lambda _at: None,
    demo_is_loaded: DemoIsLoaded = lambda _folder: True,
) -> int:
    """Start the stack of `HANDOFF_DATA_DIR` and keep it running; the exit code, 0 after a stop by signal.

    `demo_hours`: when the demo's domain time begins, instead of an instant at which it is closed. `demo_is_loaded`:
    whether the demo's past is in the folder's database.
    """
    try:
        settings = StackSettings()
        folder = DataFolder(settings.data_dir)
        with folder.held(), Signals() as signals:
            return _Launcher(settings, folder, signals, echo, demo_hours, demo_is_loaded).run()
    except (InvalidSettings, FolderTaken, FolderUnusable, PortBusy, PostgresFailed, CommandFailed) as error:
        return _refuse(str(error))


@dataclass
class _Launcher:
    settings: StackSettings
    folder: DataFolder
    signals: Signals
    echo: Callable[[str], None]
    demo_hours: DemoHours
    demo_is_loaded: DemoIsLoaded
    services: list[ServiceChild] = field(default_factory=list)
    others: list[Child] = field(default_factory=list)
    postgres: EmbeddedPostgres | None = None
    anchor: Anchor | None = None
    held_back: ServiceChild | None = None
    held_until: float = 0.0

    def run(self) -> int:
        self.listeners = open_listeners(self.settings)
        self.supervisor = Supervisor(self.echo)
        try:
            told = self._start_sink()
            self._start_database()
            if not self.signals.stopping:
                self._start_services(told)
                self._watch()
        except Stopped:
            pass
        except Exception:
            if not self.signals.stopping:
                raise
        finally:
            self._stop()
        return 0

    def _start_sink(self) -> dict[str, str]:
        """Listening first, so that no mail is ever refused; what the services are told about it."""
        self.folder.port_file(SINK).unlink(missing_ok=True)
        if not self.settings.demo or self.settings.smtp_url:
            return {}
        self.sink = Sink.opened(self.settings.sink_port)
        self._keep(self.sink.child(self.folder))
        return self.sink.settings()

    def _start_database(self) -> None:
        from handoff_local.database.migrate import migrate

        if not self.settings.database_url:
            self.echo("starting PostgreSQL")
            self.postgres = EmbeddedPostgres(self.folder.path, echo=self.echo)
            self.postgres.start()
            self.folder.write_database_url(self.postgres.url())
            self.supervisor.keep(KeptPostgres(self.postgres))
        self.echo("bringing the database to head")
        migrate(self.settings)
        if self.postgres:
            self.anchor = self._begin_time()
            if remark := unheeded_start(self.settings.clock_start, self.anchor, self.folder.path):
                self.echo(remark)

    def _begin_time(self) -> Anchor:
        """Domain time, which begins in the demo's hours unless another start was asked for."""
        from handoff_local.database.migrate import set_anchor

        anchor = set_anchor(self.settings)
        if not self.settings.demo or self.settings.clock_start is not None:
            return anchor
        begins = self.demo_hours(anchor.domain_at)
        if begins is None:
            return anchor
        self.echo(f"the demo's clock begins at {begins.isoformat(timespec='minutes')}, in its opening hours")
        return set_anchor(self.settings.model_copy(update={"clock_start": begins}))

    def _start_services(self, told: dict[str, str]) -> None:
        self.key = self.settings.bootstrap_key or self.folder.ensure_key()
        if self.settings.demo and not self.settings.bootstrap_key:
            told = {**told, "HANDOFF_DEMO_SIGN_IN": "1"}
        with self.signals.giving_up():
            import_services(service.name for service in SERVICES)
        self.services = service_children(self.settings, self.folder, self.listeners, told, self.key)
        for child in self.services:
            if child.name == NOTIFIER and self.settings.demo and not self.demo_is_loaded(self.folder.path):
                self.held_back, self.held_until = child, time.monotonic() + _DEMO_LOADED_WITHIN
            else:
                self.supervisor.keep(child)

    def _watch(self) -> None:
        """Keep all alive; say the address at the first moment it answers, and begin the demo then."""
        waiting = list(self.services)
        while not self.signals.stopping:
            self.supervisor.tend()
            self._let_notifier_begin()
            for child in waiting[:]:
                if child.ready(self.settings.http_host):
                    waiting.remove(child)
                    self._announce(child)
            self.signals.wait(_TICK)

    def _announce(self, child: ServiceChild) -> None:
        if child is not self.services[0]:
            return
        url = api_address(self.settings, self.folder)
        self.echo(f"ready at {url}")
        if not self.settings.bootstrap_key:
            self.echo(f"  key            {self.folder.path / KEY_FILE}")
        if self.folder.port(SINK):
            self.echo(f"  sent e-mails   {self.sink.url}")
        self.echo(f"  logs           {self.folder.path}/*.log")
        if self.settings.demo:
            self._keep(demo_child(self.folder, url, self.key))

    def _let_notifier_begin(self) -> None:
        """Start the notifier once the demo's past is in: what was met or answered then is nothing to tell of now."""
        if self.held_back is None:
            return
        ended = any(child.finished() for child in self.others)
        if ended or self.demo_is_loaded(self.folder.path) or time.monotonic() > self.held_until:
            self.supervisor.keep(self.held_back)
            self.held_back = None

    def _keep(self, child: Child) -> None:
        self.others.append(child)
        self.supervisor.keep(child)

    def _stop(self) -> None:
        """Callers first, then the services, the database last: within ten seconds whatever they hold."""
        self.supervisor.forget()
        for listener in self.listeners:
            listener.close()
        asked = self.signals.asked
        stop_all([*self.others, *self.services], _SERVICES_WITHIN, hurry=lambda: self.signals.asked > asked + 1)
        for name in (SINK, *(child.name for child in self.services)):
            self.folder.port_file(name).unlink(missing_ok=True)
        if self.postgres is None:
            return
        if self.anchor is not None and self.postgres.alive():
            from handoff_local.database.migrate import keep_seen

            with suppress(Exception):
                keep_seen(self.settings, self.anchor)
        self.postgres.stop(_DATABASE_WITHIN)


def _refuse(reason: str) -> int:
    print(f"handoff up: {reason}", file=sys.stderr, flush=True)
    return 1
