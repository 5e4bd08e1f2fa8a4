"""What separates the levels and kinds of quality at a dealer."""

from collections.abc import Mapping
from typing import Any, Final

from journey_api.console.settings.form_fields import Field, Section, Typed, member, text_at, with_member
from journey_api.console.settings.written import read_decimal, read_number
from journey_api.console.visit import Visit
from journey_api.reference.dealer_record import Quality
from shared.quality.levels import Thresholds

_PART: Final = "quality"
_WHOLE: Final = ("days", "least_clocks")


async def show(visit: Visit, document: Mapping[str, Any], _typed: Typed) -> list[Section]:
    """A field for each threshold, with the usual one beside it."""
    t, usual = visit.texts.text, Thresholds()
    fields = tuple(
        Field(
            f"{_PART}[{name}]",
            t(f"settings.quality.{name}"),
            values=(_text(member(document, (_PART, name))),),
            hint=t("settings.default", value=_text(getattr(usual, name))),
        )
        for name in Quality.model_fields
    )
    return [Section(t("settings.parts.quality"), fields, t("settings.quality.hint"))]


def read(_visit: Visit, document: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    """The document with the thresholds that were typed; an empty field is the default."""
    changed = dict(document)
    for name in Quality.model_fields:
        text = text_at(typed, f"{_PART}[{name}]")
        changed = with_member(changed, (_PART, name), read_number(text) if name in _WHOLE else read_decimal(text))
    return changed


def _text(value: Any) -> str:
    """A number as it is typed: `3`, `0.8`."""
    return f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
