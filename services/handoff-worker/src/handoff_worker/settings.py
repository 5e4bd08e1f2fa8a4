"""Settings of the worker: its port beside what every service has."""

from typing import Annotated

from shared.process.setting_types import WebUrl
from shared.process.settings import Port, ServiceSettings


class WorkerSettings(ServiceSettings):
    """What the worker reads from `HANDOFF_*`."""

    worker_port: Annotated[int, Port] = 8081
    heartbeat_url: WebUrl = ""

    @property
    def port(self) -> int:
        """The port of `HANDOFF_WORKER_PORT`."""
        return self.worker_port
