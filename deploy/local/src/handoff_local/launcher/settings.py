"""Settings of everything on one machine: the launcher hands them on, the doctor looks at them."""

from handoff_local.database.settings import MigrateSettings
from handoff_worker.settings import WorkerSettings
from journey_api.settings import ApiSettings
from notifier.settings import NotifierSettings


class StackSettings(MigrateSettings, ApiSettings, WorkerSettings, NotifierSettings):
    """Each program's settings, so that what one would refuse is refused before any starts; and the local stack's own.

    `port` is that of the API.
    """

    demo: bool = True
    sink_port: int = 8025

    def ports(self) -> tuple[int, int, int]:
        """The ports of API, worker and notifier."""
        return self.http_port, self.worker_port, self.notifier_port
