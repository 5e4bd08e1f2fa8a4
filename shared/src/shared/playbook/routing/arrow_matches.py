"""Routing steps 4 and 5: the activities of an occurrence, and which of their arrows fire."""

from dataclasses import field
from typing import Literal

from shared.conditions import conjunction
from shared.fast_dataclass import fast_dataclass
from shared.playbook.routing.matters import matter_of
from shared.playbook.routing.multiplicity import choose
from shared.playbook.routing.situation import Situation
from shared.playbook.ruleset.entries import Activity, Entry
from shared.playbook.types import Because, ConditionTrace, Kind

Verdict = Literal["fires", "suggested", "manual", "not_met", "suppressed", "none"]


@fast_dataclass(frozen=True, slots=True)
class Match:
    """What one arrow comes to before merge, chain rule and guard; without an entry, why an occurrence made nothing."""

    occurrence: str | None
    verdict: Verdict
    because: Because
    entry: Entry | None = None
    activity: str | None = None
    source: str | None = None
    conditions: tuple[ConditionTrace, ...] = ()
    missing: tuple[str, ...] = ()
    kind: Kind = "deliver"
    mode: str = ""
    matter: str = ""
    from_role: str = ""
    to_role: str = ""


@fast_dataclass(frozen=True, slots=True)
class Selection:
    """The activities left after the filters, or the reason why none is."""

    activities: tuple[Activity, ...]
    dropped: Because | None = field(default=None)


def select_activities(situation: Situation, occurrence: str) -> Selection:
    """The activities the observer's pages print for the occurrence, by granularity and then by step."""
    printed = situation.playbook.activities_of(situation.observer, occurrence)
    fitting = tuple(activity for activity in printed if granularity_fits(activity, situation.has_customer))
    if not fitting:
        return Selection((), _dropped_by_granularity(printed))
    step = situation.event.step
    if step is None or len({activity.page for activity in fitting}) == 1:
        return Selection(fitting)
    at_step = tuple(activity for activity in fitting if step in activity.halo_steps)
    if not at_step:
        return Selection((), Because("filtered_by_step", {"step": str(step)}))
    return Selection(at_step)


def granularity_fits(activity: Activity, has_customer: bool) -> bool:
    """Whether an activity is meant for events with a customer, or for those without."""
    match activity.granularity:
        case "customer_case":
            return has_customer
        case "management_routine":
            return not has_customer
        case "campaign_or_programme":
            return True
        case "data_upkeep":
            return False


def _dropped_by_granularity(printed: tuple[Activity, ...]) -> Because:
    kinds = {activity.granularity for activity in printed} - {"data_upkeep"}
    if not kinds:
        return Because("filtered_data_upkeep")
    return Because("filtered_needs_customer" if "customer_case" in kinds else "filtered_needs_no_customer")


def match_activity(situation: Situation, activity: Activity) -> list[Match]:
    """What each arrow of the activity comes to; one without arrows is the observer's own work."""
    if not activity.arrows:
        alone = Because("works_alone", {"role": situation.observer})
        return [Match(activity.occurrence, "none", alone, activity=activity.activity_id, source=activity.source)]
    return [match_arrow(situation, arrow) for arrow in activity.arrows]


def match_arrow(situation: Situation, arrow: Entry) -> Match:
    """Fires when all its conditions are true and its multiplicity picks it; unknown is suggested, never created."""
    traces = tuple(situation.trace(name) for name in arrow.conditions)
    if arrow.manual:
        return match_of(situation, arrow, "manual", Because("started_by_hand", {"role": arrow.from_role}), traces)
    met = conjunction(trace.met for trace in traces)
    choice = choose(situation, arrow)
    if met is False:
        failed = [trace.condition_id for trace in traces if trace.met is False]
        return match_of(
            situation, arrow, "not_met", Because("condition_not_met", {"conditions": ",".join(failed)}), traces
        )
    if choice.picked is False:
        return match_of(situation, arrow, "not_met", choice.because, traces)
    if met is None:
        missing = _missing(traces)
        because = Because("facts_missing", {"facts": ",".join(missing)})
        return match_of(situation, arrow, "suggested", because, traces, missing=missing)
    if choice.picked is None:
        return match_of(situation, arrow, "suggested", choice.because, traces, missing=choice.missing)
    return match_of(situation, arrow, "fires", _why(traces, choice.because), traces)


def match_of(
    situation: Situation,
    arrow: Entry,
    verdict: Verdict,
    because: Because,
    traces: tuple[ConditionTrace, ...] = (),
    missing: tuple[str, ...] = (),
) -> Match:
    """The firing of an entry whose kind, matter and roles its own row fixes."""
    return Match(
        occurrence=arrow.occurrence,
        verdict=verdict,
        because=because,
        entry=arrow,
        activity=arrow.activity,
        source=arrow.source,
        conditions=traces,
        missing=missing,
        kind=arrow.kind or "deliver",
        mode=arrow.mode or "",
        matter=matter_of(situation.playbook, arrow.entry_id),
        from_role=arrow.from_role if arrow.is_arrow else situation.observer,
        to_role=arrow.to_role,
    )


def _missing(traces: tuple[ConditionTrace, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for trace in traces if trace.met is None for path in trace.missing))


def _why(traces: tuple[ConditionTrace, ...], chosen: Because) -> Because:
    if chosen.code != "always" or not traces:
        return chosen
    return Because("conditions_hold", {"conditions": ",".join(trace.condition_id for trace in traces)})
