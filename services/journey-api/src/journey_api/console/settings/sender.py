"""What customers see messages come from, and the channels a dealer does not use."""

from collections.abc import Mapping
from typing import Any, Final

from journey_api.console.catalogue import LANGUAGES, NAMES
from journey_api.console.settings.form_fields import Field, Section, Typed, member, text_at, with_member
from journey_api.console.visit import Visit
from shared.channels.registry import customer_channels

_SENDER: Final = (
    "name",
    "email_from",
    "reply_to",
    "telephone",
    "website",
    "address",
    "sms_from",
    "whatsapp_phone_id",
)
_OFF: Final = "channels_off"


async def show(visit: Visit, document: Mapping[str, Any], _typed: Typed) -> list[Section]:
    """The dealer's name and languages, its sender, the closing lines of mails, the channels that are off."""
    t = visit.texts.text
    languages = tuple((code, NAMES[code]) for code in LANGUAGES)
    dealer = (
        Field("name", t("settings.sender.dealer"), values=(document.get("name") or "",), required=True),
        Field("locale", t("settings.sender.locale"), values=(document.get("locale") or "",)),
        Field(
            "fallback_locale",
            t("settings.sender.fallback_locale"),
            "select",
            (document.get("fallback_locale") or "en",),
            languages,
        ),
    )
    sender = tuple(
        Field(
            f"sender[{name}]", t(f"settings.sender.fields.{name}"), values=(member(document, ("sender", name)) or "",)
        )
        for name in _SENDER
    )
    footers = tuple(
        Field(
            f"sender[footer][{code}]",
            t("settings.sender.footer", language=name),
            "textarea",
            (member(document, ("sender", "footer", code)) or "",),
        )
        for code, name in languages
    )
    kinds = tuple((kind, visit.texts.name("channels", kind)) for kind in customer_channels())
    off = Field(_OFF, t("settings.sender.off"), "checkboxes", tuple(document.get(_OFF) or ()), kinds)
    return [
        Section(t("settings.sender.here"), dealer),
        Section(t("settings.parts.sender"), sender, t("settings.sender.hint")),
        Section(t("settings.sender.footers"), footers),
        Section(t("settings.sender.channels"), (off,), t("settings.sender.off_hint")),
    ]


def read(_visit: Visit, document: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    """The document with what was typed; an empty field is the installation's."""
    changed = dict(document)
    for name in ("name", "locale", "fallback_locale"):
        changed = with_member(changed, (name,), text_at(typed, name) or None)
    for name in _SENDER:
        changed = with_member(changed, ("sender", name), text_at(typed, f"sender[{name}]") or None)
    for code in LANGUAGES:
        footer = text_at(typed, f"sender[footer][{code}]").replace("\r\n", "\n")
        changed = with_member(changed, ("sender", "footer", code), footer or None)
    return with_member(changed, (_OFF,), list(typed.get(_OFF, ())) or None)
