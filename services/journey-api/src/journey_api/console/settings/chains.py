"""Who is told after a breach, step by step, by target; whose manager stands in."""

from collections.abc import Mapping
from typing import Any, Final

from journey_api.console.settings.fields import Field, Section, Typed, member, text_at, with_member
from journey_api.console.settings.written import chain_text, read_chain
from journey_api.console.visit import Visit
from shared.calendar.reporting_lines import GROUP_MAILBOX
from shared.sla.policy.escalation_steps import METRICS
from shared.vocabulary import ROLES

_TARGETS: Final = tuple(metric for metric in METRICS if metric != "acceptance")


def show(visit: Visit, document: Mapping[str, Any], _typed: Typed) -> list[Section]:
    """A text of steps for each target, a manager for each role, the mailbox of the group."""
    t = visit.texts.text
    steps = tuple(
        Field(
            f"chains[{target}]",
            t(f"countdown.targets.{target}"),
            "textarea",
            (chain_text(member(document, ("chains", target))),),
        )
        for target in _TARGETS
    )
    options = (
        ("", t("settings.chains.usual")),
        *((role, visit.texts.name("roles", role)) for role in ROLES),
        (GROUP_MAILBOX, t("settings.chains.mailbox")),
    )
    managers = document.get("managers") or {}
    above = tuple(
        Field(f"managers[{role}]", visit.texts.name("roles", role), "select", (managers.get(role) or "",), options)
        for role in ROLES
    )
    mailbox = Field(GROUP_MAILBOX, t("settings.chains.mailbox"), values=(document.get(GROUP_MAILBOX) or "",))
    return [
        Section(t("settings.parts.chains"), steps, t("settings.chains.hint")),
        Section(t("settings.chains.managers"), (mailbox, *above), dense=True),
    ]


def read(_visit: Visit, document: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    """The document with the steps and managers that were typed; an empty text is the default chain."""
    changed = dict(document)
    for target in _TARGETS:
        changed = with_member(changed, ("chains", target), read_chain(text_at(typed, f"chains[{target}]")) or None)
    for role in ROLES:
        changed = with_member(changed, ("managers", role), text_at(typed, f"managers[{role}]") or None)
    return with_member(changed, (GROUP_MAILBOX,), text_at(typed, GROUP_MAILBOX) or None)
