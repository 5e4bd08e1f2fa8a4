"""Settings of the API: its port, its first key, and the secrets by which providers' callbacks are known."""

from typing import Annotated

from pydantic import field_validator

from shared.process.setting_types import MailDomain, WebUrl, is_origin
from shared.process.settings import Port, ServiceSettings


class ApiSettings(ServiceSettings):
    """What the API reads from `HANDOFF_*`. `sink_url` is the page of sent e-mails, `demo_sign_in`
    lets people of the demo in without a key; the launcher sets both."""

    http_port: Annotated[int, Port] = 8080
    bootstrap_key: str = ""
    public_url: WebUrl = ""
    cors_origins: str = ""
    demo_sign_in: bool = False
    sms_token: str = ""
    whatsapp_phone_id: str = ""
    whatsapp_app_secret: str = ""
    whatsapp_verify_token: str = ""
    email_callback_secret: str = ""
    reply_domain: MailDomain = ""
    sink_url: str = ""

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: str) -> str:
        origins = [origin.strip() for origin in value.split(",") if origin.strip()]
        if not all(origin == "*" or is_origin(origin) for origin in origins):
            raise ValueError("needs origins such as https://app.example, several separated by commas, or *")
        return ",".join(origins)

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The origins whose pages may call."""
        return tuple(filter(None, self.cors_origins.split(",")))

    @property
    def port(self) -> int:
        """The port of `HANDOFF_HTTP_PORT`."""
        return self.http_port
