"""Who is told after a breach, step by step, by target; whose manager stands in."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from journey_api.console.settings.colleagues import load_colleagues
from journey_api.console.settings.form_fields import Field, Kind, Section, Typed, member, text_at, with_member
from journey_api.console.settings.repeated import read_rows, with_spare
from journey_api.console.settings.written import read_number
from journey_api.console.visit import Visit
from shared.calendar.reporting_lines import GROUP_MAILBOX
from shared.sla.policy.escalation_steps import METRICS, TARGETS
from shared.vocabulary import ROLES

Document = Mapping[str, Any]
Options = tuple[tuple[str, str], ...]
_TARGETS: Final = tuple(metric for metric in METRICS if metric != "acceptance")
_STEP: Final = ("after", "to", "channel_class", "repeat")
_URGENT: Final = "urgent"


async def show(visit: Visit, document: Document, typed: Typed) -> list[Section]:
    """A row for each step of each target, a manager for each role, the mailbox of the group."""
    t, receivers = visit.texts.text, await _receivers(visit)
    steps = [
        Section(
            t(f"countdown.targets.{target}"),
            tuple(_steps(visit, document, typed, target, receivers)),
            t("settings.chains.hint") if target == _TARGETS[0] else "",
            columns=4,
            repeats=len(_STEP),
            ordered=True,
        )
        for target in _TARGETS
    ]
    return [*steps, _managers(visit, document)]


async def _receivers(visit: Visit) -> Options:
    """Who may be told: by their place, by role, by name."""
    t = visit.texts.text
    people = sorted((await load_colleagues(visit)).items(), key=lambda one: one[1])
    return (
        ("", "–"),
        *((place, t(f"settings.chains.to.{place}")) for place in TARGETS),
        *((f"role:{role}", t("settings.chains.to.role", role=visit.texts.name("roles", role))) for role in ROLES),
        *((f"staff:{staff_id}", name) for staff_id, name in people),
    )


def _steps(visit: Visit, document: Document, typed: Typed, target: str, receivers: Options) -> Iterable[Field]:
    t, group = visit.texts.text, f"chains[{target}]"
    classes = ("", t("settings.chains.any")), (_URGENT, t("settings.chains.urgent"))
    for at, step in with_spare(member(document, ("chains", target)), typed, group):
        to = step.get("to") or ""
        # who is gone is shown until somebody else is chosen
        options = receivers if to in dict(receivers) else (*receivers, (to, to))
        urgent = _URGENT if step.get("channel_class") == _URGENT else ""
        kinds: dict[str, tuple[Kind, str, Options]] = {
            "after": ("text", step.get("after") or "", ()),
            "to": ("select", to, options),
            "channel_class": ("select", urgent, classes),
            "repeat": ("number", str(step.get("repeat") or ""), ()),
        }
        for part, (kind, value, choices) in kinds.items():
            label = t(f"settings.chains.step.{part}", number=at + 1)
            yield Field(f"{group}[{at}][{part}]", label, kind, (value,), choices)


def _managers(visit: Visit, document: Document) -> Section:
    t, managers = visit.texts.text, document.get("managers") or {}
    options = (
        ("", t("settings.chains.usual")),
        *((role, visit.texts.name("roles", role)) for role in ROLES),
        (GROUP_MAILBOX, t("settings.chains.mailbox")),
    )
    above = (
        Field(f"managers[{role}]", visit.texts.name("roles", role), "select", (managers.get(role) or "",), options)
        for role in ROLES
    )
    mailbox = Field(GROUP_MAILBOX, t("settings.chains.mailbox"), values=(document.get(GROUP_MAILBOX) or "",))
    return Section(t("settings.chains.managers"), (mailbox, *above), dense=True)


def read(_visit: Visit, document: Document, typed: Typed) -> dict[str, Any]:
    """The document with the steps and managers that were typed; a target without steps has the usual ones."""
    changed = dict(document)
    for target in _TARGETS:
        rows = read_rows(typed, f"chains[{target}]", _STEP)
        changed = with_member(changed, ("chains", target), [_read_step(row) for _, row in rows] or None)
    for role in ROLES:
        changed = with_member(changed, ("managers", role), text_at(typed, f"managers[{role}]") or None)
    return with_member(changed, (GROUP_MAILBOX,), text_at(typed, GROUP_MAILBOX) or None)


def _read_step(row: Mapping[str, str]) -> dict[str, Any]:
    """The step of a row, also without what it needs, for the check to name it."""
    return {**row, "repeat": read_number(row["repeat"])} if "repeat" in row else dict(row)
