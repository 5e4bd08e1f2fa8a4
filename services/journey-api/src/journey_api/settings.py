"""Settings of the API: its port, its first key, and the secrets by which providers' callbacks are known."""

from typing import Annotated

from shared.process.setting_types import WebUrl
from shared.process.settings import Port, ServiceSettings


class ApiSettings(ServiceSettings):
    """What the API reads from `HANDOFF_*`. `sink_url` is the page of sent e-mails, set by the launcher."""

    http_port: Annotated[int, Port] = 8080
    bootstrap_key: str = ""
    public_url: WebUrl = ""
    sms_token: str = ""
    whatsapp_app_secret: str = ""
    whatsapp_verify_token: str = ""
    email_callback_secret: str = ""
    sink_url: str = ""

    @property
    def port(self) -> int:
        """The port of `HANDOFF_HTTP_PORT`."""
        return self.http_port
