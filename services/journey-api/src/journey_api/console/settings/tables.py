"""The tables a dealer may set, and whether there is a business development centre."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from journey_api.console.settings.form_fields import Field, Section, Typed, in_order, member, text_at, with_member
from journey_api.console.settings.repeated import read_rows, with_spare
from journey_api.console.settings.written import read_number
from journey_api.console.visit import Visit
from shared.playbook.ruleset.dealer_settings import INSPECTORS, SEVERITIES, InspectionRow
from shared.vocabulary import FEEDBACK_SUBJECTS, ROLES, TOPICS

Document = Mapping[str, Any]
_DAYS: Final = ("first_months_days", "case_idle_days")
_CENTRE: Final = "has_business_development_centre"
_TOPIC_ROLES: Final = "topic_roles"
_FEEDBACK: Final = "tables[feedback]"
_INSPECTION: Final = "tables[inspection]"
_SUBJECTS: Final = (*FEEDBACK_SUBJECTS, *(topic for topic in TOPICS if topic not in FEEDBACK_SUBJECTS))
NOBODY: Final = "nobody"
"""The choice of a subject of which nobody hears."""


async def show(visit: Visit, document: Document, typed: Typed) -> list[Section]:
    """Fields for days, the roles that hear of each subject, the rows of the inspection, a role for each topic."""
    t = visit.texts.text
    general = (_centre(visit, document), *_days(visit, document))
    inspection = tuple(_inspection(visit, document, typed))
    return [
        Section(t("settings.parts.tables"), general, t("settings.tables.hint")),
        Section(
            t("settings.tables.feedback"), tuple(_feedback(visit, document)), t("settings.tables.feedback_hint"), True
        ),
        Section(
            t("settings.tables.inspection"),
            inspection,
            t("settings.tables.inspection_hint", value=_usual_rows(visit)),
            columns=3,
            repeats=3,
            ordered=True,
        ),
        _topics(visit, document),
    ]


def _centre(visit: Visit, document: Document) -> Field:
    given = ("true",) if document.get(_CENTRE) else ()
    return Field(_CENTRE, visit.texts.text("settings.tables.centre"), "checkbox", given, (("true", ""),))


def _days(visit: Visit, document: Document) -> Iterable[Field]:
    t, usual = visit.texts.text, visit.stack.playbook.rulings.tables
    for name in _DAYS:
        days = member(document, ("tables", name))
        hint = t("settings.default", value=getattr(usual, name))
        given = "" if days is None else str(days)
        yield Field(f"tables[{name}]", t(f"settings.tables.{name}"), "number", (given,), hint=hint)


def _feedback(visit: Visit, document: Document) -> Iterable[Field]:
    """A field for each subject, in the order of their names."""
    t, usual = visit.texts.text, visit.stack.playbook.rulings.tables.feedback
    options = (*_roles(visit), (NOBODY, t("settings.tables.nobody")))
    for subject in sorted(_SUBJECTS, key=lambda one: _subject(visit, one).casefold()):
        roles = member(document, ("tables", "feedback", subject))
        given = tuple(roles or ()) or ((NOBODY,) if roles == [] else ())
        heard = ", ".join(visit.texts.name("roles", role) for role in usual.get(subject, ()))
        hint = t("settings.default", value=heard or t("settings.tables.nobody"))
        yield Field(
            f"{_FEEDBACK}[{subject}]", _subject(visit, subject), "checkboxes", given, options, hint, folded=True
        )


def _subject(visit: Visit, subject: str) -> str:
    named = visit.stack.playbook.texts.find("topics", subject, visit.viewer.language)
    return named or visit.texts.name("fact_values", subject)


def _inspection(visit: Visit, document: Document, typed: Typed) -> Iterable[Field]:
    t = visit.texts.text
    receivers = (("", "–"), *((role, visit.texts.name("roles", role)) for role in INSPECTORS))
    severities = (
        ("", t("settings.tables.any_severity")),
        *((one, visit.texts.name("fact_values", one)) for one in SEVERITIES),
    )
    topics = tuple((topic, _subject(visit, topic)) for topic in TOPICS)
    for at, row in with_spare(member(document, ("tables", "inspection")), typed, _INSPECTION):
        name, number = f"{_INSPECTION}[{at}]", at + 1
        yield Field(
            f"{name}[to_role]",
            t("settings.tables.to_role", number=number),
            "select",
            (row.get("to_role") or "",),
            receivers,
        )
        yield Field(
            f"{name}[severity]",
            t("settings.tables.severity", number=number),
            "select",
            (row.get("severity") or "",),
            severities,
        )
        yield Field(
            f"{name}[topics]",
            t("settings.tables.topics_of", number=number),
            "checkboxes",
            tuple(row.get("topics") or ()),
            topics,
            t("settings.tables.any_topic"),
            folded=True,
        )


def _usual_rows(visit: Visit) -> str:
    """The rows of the playbook in words, in their order."""
    return "; ".join(_row_words(visit, row) for row in visit.stack.playbook.rulings.tables.inspection)


def _row_words(visit: Visit, row: InspectionRow) -> str:
    fits = [_subject(visit, topic) for topic in TOPICS if topic in row.topics]
    if row.severity:
        fits.append(visit.texts.name("fact_values", row.severity))
    given = ", ".join(fits) or visit.texts.text("settings.tables.all_else")
    return f"{given} → {visit.texts.name('roles', row.to_role)}"


def _topics(visit: Visit, document: Document) -> Section:
    given = document.get(_TOPIC_ROLES) or {}
    options = (("", visit.texts.text("settings.tables.playbook")), *_roles(visit))
    printed = frozenset[str]().union(*(row.topics for row in visit.stack.playbook.rulings.implied.by_topic))
    fields = tuple(
        Field(f"{_TOPIC_ROLES}[{topic}]", _subject(visit, topic), "select", (given.get(topic) or "",), options)
        for topic in TOPICS
        if topic in printed or topic in given
    )
    return Section(visit.texts.text("settings.tables.topics"), fields, dense=True)


def _roles(visit: Visit) -> tuple[tuple[str, str], ...]:
    return tuple((role, visit.texts.name("roles", role)) for role in ROLES)


def read(_visit: Visit, document: Document, typed: Typed) -> dict[str, Any]:
    """The document with the tables that were typed; an empty field is the default, a subject or table without any."""
    changed = with_member(document, (_CENTRE,), bool(text_at(typed, _CENTRE)))
    for name in _DAYS:
        changed = with_member(changed, ("tables", name), read_number(text_at(typed, f"tables[{name}]")))
    for subject in _SUBJECTS:
        given = typed.get(f"{_FEEDBACK}[{subject}]", ())
        stored = member(document, ("tables", "feedback", subject)) or ()
        roles = in_order(stored, [role for role in given if role != NOBODY])
        changed = with_member(changed, ("tables", "feedback", subject), roles or ([] if NOBODY in given else None))
    changed = with_member(changed, ("tables", "inspection"), _read_inspection(typed) or None)
    for topic in TOPICS:
        changed = with_member(changed, (_TOPIC_ROLES, topic), text_at(typed, f"{_TOPIC_ROLES}[{topic}]") or None)
    return changed


def _read_inspection(typed: Typed) -> list[dict[str, Any]]:
    """The rows in which something was chosen, also those without a receiver, for the check to name it."""
    rows = []
    for at, _ in read_rows(typed, _INSPECTION, ("to_role", "severity", "topics")):
        given = {one: text_at(typed, f"{_INSPECTION}[{at}][{one}]") for one in ("to_role", "severity")}
        row: dict[str, Any] = {one: value for one, value in given.items() if value}
        topics = list(typed.get(f"{_INSPECTION}[{at}][topics]", ()))
        rows.append({**row, "topics": topics} if topics else row)
    return rows
