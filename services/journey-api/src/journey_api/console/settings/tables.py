"""The tables a dealer may set, who gets a topic, and whether there is a business development centre."""

import json
from collections.abc import Mapping
from typing import Any, Final

from journey_api.console.settings.fields import Field, Section, Typed, member, text_at, with_member
from journey_api.console.settings.written import read_json, read_number
from journey_api.console.visit import Visit
from journey_api.reference.dealer_record import Dealer
from shared.vocabulary import ROLES, TOPICS

_DAYS: Final = ("first_months_days", "case_idle_days")
_DOCUMENTS: Final = ("feedback", "inspection")
_CENTRE: Final = "has_business_development_centre"
_TOPIC_ROLES: Final = "topic_roles"


def show(visit: Visit, document: Mapping[str, Any], _typed: Typed) -> list[Section]:
    """Fields for days, texts of JSON for the tables of roles, a role for each topic."""
    t, defaults = visit.texts.text, visit.stack.playbook.rulings.tables
    centre = Field(
        _CENTRE, t("settings.tables.centre"), "checkbox", ("true",) if document.get(_CENTRE) else (), (("true", ""),)
    )
    days = tuple(
        Field(
            f"tables[{name}]",
            t(f"settings.tables.{name}"),
            "number",
            (_days(member(document, ("tables", name))),),
            hint=t("settings.default", value=getattr(defaults, name)),
        )
        for name in _DAYS
    )
    documents = tuple(
        Field(f"tables[{name}]", t(f"settings.tables.{name}"), "textarea", (_json(member(document, ("tables", name))),))
        for name in _DOCUMENTS
    )
    sections = [Section(t("settings.parts.tables"), (centre, *days, *documents), t("settings.tables.hint"))]
    if _TOPIC_ROLES in Dealer.model_fields:
        sections.append(_topics(visit, document))
    return sections


def _topics(visit: Visit, document: Mapping[str, Any]) -> Section:
    t, given = visit.texts.text, document.get(_TOPIC_ROLES) or {}
    options = (("", t("settings.tables.playbook")), *((role, visit.texts.name("roles", role)) for role in ROLES))
    words = visit.stack.playbook.texts
    fields = tuple(
        Field(
            f"{_TOPIC_ROLES}[{topic}]",
            words.text("topics", topic, visit.viewer.language),
            "select",
            (given.get(topic) or "",),
            options,
        )
        for topic in TOPICS
    )
    return Section(t("settings.tables.topics"), fields, dense=True)


def read(_visit: Visit, document: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    """The document with the tables that were typed; an empty field is the default."""
    changed = with_member(document, (_CENTRE,), bool(text_at(typed, _CENTRE)))
    for name in _DAYS:
        changed = with_member(changed, ("tables", name), read_number(text_at(typed, f"tables[{name}]")))
    for name in _DOCUMENTS:
        changed = with_member(changed, ("tables", name), read_json(text_at(typed, f"tables[{name}]")))
    for topic in TOPICS if _TOPIC_ROLES in Dealer.model_fields else ():
        changed = with_member(changed, (_TOPIC_ROLES, topic), text_at(typed, f"{_TOPIC_ROLES}[{topic}]") or None)
    return changed


def _days(value: Any) -> str:
    return "" if value is None else str(value)


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, indent=1, ensure_ascii=False)
