"""The processes of one stack: which there are, what each is told, and on which port each is found."""

import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from handoff_local.database.postgres import EmbeddedPostgres
from handoff_local.launcher.child import Child, environment_with
from handoff_local.launcher.data_folder import API, SINK, DataFolder
from handoff_local.launcher.forked_service import ForkedService
from handoff_local.launcher.listening_ports import listen
from handoff_local.launcher.readiness import ask_ready, reachable, web_address
from handoff_local.launcher.settings import StackSettings

NOTIFIER: Final = "notifier"
SINK_HOST: Final = "127.0.0.1"
SINK_SENDER: Final = "concierge@lisboa-01.example"


@dataclass(frozen=True)
class Service:
    """A service process: its module, which also names its files, and the setting of its port."""

    name: str
    port_setting: str


SERVICES: Final = (
    Service(API, "HANDOFF_HTTP_PORT"),
    Service("handoff_worker", "HANDOFF_WORKER_PORT"),
    Service(NOTIFIER, "HANDOFF_NOTIFIER_PORT"),
)


class KeptPostgres:
    """The embedded server as something to keep alive."""

    name = "PostgreSQL"

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server

    def alive(self) -> bool:
        """Whether it runs."""
        return self._server.alive()

    def finished(self) -> bool:
        """Never by itself."""
        return False

    def start(self) -> None:
        """Start it again on its folder."""
        self._server.relaunch()

    def tidy(self) -> None:
        """Nothing: it writes little."""

    def last_words(self) -> str:
        """Where to look."""
        return f"PostgreSQL ended, see {self._server.folder / 'postgres.log'}"


class ServiceChild(ForkedService):
    """A service on a listening socket that outlives it: who calls while it starts again waits, and is not refused."""

    def __init__(
        self, service: Service, folder: DataFolder, environment: dict[str, str], listener: socket.socket
    ) -> None:
        descriptor = listener.fileno()
        super().__init__(
            service.name,
            (sys.executable, "-m", service.name),
            environment | {"HANDOFF_LISTEN_FD": str(descriptor)},
            folder.log(service.name),
            pass_fds=(descriptor,),
            others=tuple(other.name for other in SERVICES if other is not service),
        )
        self._folder = folder
        folder.port_file(service.name).unlink(missing_ok=True)

    def ready(self, host: str) -> bool:
        """Whether it runs and says it is ready."""
        port = self._folder.port(self.name)
        return bool(port) and self.alive() and ask_ready(host, port or 0)[0] == 200


@dataclass
class Sink:
    """The mail sink's two listening sockets, which outlive its process."""

    mail: socket.socket
    page: socket.socket

    @classmethod
    def opened(cls, page_port: int) -> "Sink":
        """Listening, before anybody is there to answer. Raises PortBusy."""
        page = listen(SINK_HOST, page_port, "HANDOFF_SINK_PORT")
        return cls(listen(SINK_HOST, 0, "HANDOFF_SINK_PORT"), page)

    @property
    def url(self) -> str:
        """The page of the mails."""
        return web_address(SINK_HOST, self.page.getsockname()[1])

    def settings(self) -> dict[str, str]:
        """What the services are told."""
        port = self.mail.getsockname()[1]
        sender = os.environ.get("HANDOFF_SMTP_FROM") or SINK_SENDER
        return {
            "HANDOFF_SMTP_URL": f"smtp://{SINK_HOST}:{port}",
            "HANDOFF_SMTP_FROM": sender,
            "HANDOFF_SINK_URL": self.url,
        }

    def child(self, folder: DataFolder) -> Child:
        """The process that answers on them."""
        folder.port_file(SINK).write_text(str(self.page.getsockname()[1]))
        descriptors = (self.mail.fileno(), self.page.fileno())
        command = (sys.executable, "-m", "handoff_local.sink", *map(str, descriptors))
        environment = environment_with({"HANDOFF_DATA_DIR": str(folder.path)})
        return Child("mail sink", command, environment, folder.log(SINK), pass_fds=descriptors)


def open_listeners(settings: StackSettings) -> list[socket.socket]:
    """A listening socket for each service, in their order. Raises PortBusy for the first port that is taken."""
    ports = settings.ports()
    return [
        listen(settings.http_host, port, service.port_setting) for service, port in zip(SERVICES, ports, strict=True)
    ]


def service_children(
    settings: StackSettings, folder: DataFolder, listeners: Sequence[socket.socket], told: dict[str, str], key: str
) -> list[ServiceChild]:
    """The three services. `told` goes to all; the first admin key only to the one that checks keys."""
    shared = {"HANDOFF_DATA_DIR": str(folder.path), "HANDOFF_HTTP_HOST": settings.http_host, **told}
    own: dict[str, dict[str, str]] = {API: {"HANDOFF_BOOTSTRAP_KEY": key}}
    return [
        ServiceChild(service, folder, {**shared, **own.get(service.name, {})}, listener)
        for service, listener in zip(SERVICES, listeners, strict=True)
    ]


def demo_child(folder: DataFolder, url: str, key: str) -> Child:
    """The demo dealership's people and customers, calling the public API like anybody else."""
    told = {"HANDOFF_DATA_DIR": str(folder.path), "HANDOFF_URL": url, "HANDOFF_KEY": key}
    return Child("demo", (sys.executable, "-m", "handoff_local.demo"), environment_with(told), once=True)


def api_address(settings: StackSettings, folder: DataFolder) -> str:
    """The address of the API as it is now."""
    return web_address(reachable(settings.http_host), folder.port(API) or settings.http_port)
