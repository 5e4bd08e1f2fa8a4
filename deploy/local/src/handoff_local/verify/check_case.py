"""One case compared whole, and what joined none."""

from collections.abc import Mapping
from datetime import date, datetime

from handoff_local.verify.case_history import CaseHistory, Dealership, RoutedEvent, changed_since
from handoff_local.verify.clock_checks import check_clocks
from handoff_local.verify.decisions import Replay, brief, plain
from handoff_local.verify.findings import Verdict
from handoff_local.verify.task_checks import check_lone_tasks, check_tasks
from shared.cases.journey_events import read_event, with_delivery_day
from shared.ids import VehicleKey
from shared.playbook.routing.router import route
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import CustomerView


def check_case(history: CaseHistory, playbook: Playbook, now: datetime) -> Verdict:
    """Compare decisions, tasks and clocks of one case at an instant of domain time."""
    verdict = Verdict(history.case.dealer_id)
    claims = Replay(history, playbook, verdict).check()
    check_tasks(history, playbook, claims, verdict)
    check_clocks(history, verdict, now)
    return verdict


def check_lone_tasks_of(history: CaseHistory, now: datetime) -> Verdict:
    """Compare the tasks of one dealer that belong to no case, and their clocks."""
    verdict = Verdict(history.case.dealer_id)
    check_lone_tasks(history, verdict)
    check_clocks(history, verdict, now)
    return verdict


def check_lone_routing(
    routed: RoutedEvent,
    dealership: Dealership,
    customer: CustomerView | None,
    delivered: Mapping[VehicleKey, date],
    playbook: Playbook,
    changed: Mapping[str, datetime],
    *,
    near_case: bool = False,
) -> Verdict:
    """Compare the decisions of an event that joined no case: a dead one, an imported one, one about nobody.

    `near_case`: its customer had a case then.
    """
    verdict = Verdict(routed.event.dealer_id)
    if routed.routing["state"] == "dead":
        verdict.excuse("decision", "dead: the event was given up")
        return verdict
    event = with_delivery_day(read_event(routed.event), delivered)
    answer = route(event, None, customer, dealership.view(routed.at), playbook)
    stored, rebuilt = list(routed.routing["decisions"]), [plain(decision) for decision in answer.decisions]
    if stored == rebuilt and list(routed.routing["occurrences"]) == list(answer.occurrences):
        verdict.agree("decision")
    elif (reason := _excuse(routed, dealership, playbook, changed, near_case)) is not None:
        verdict.excuse("decision", reason)
    else:
        verdict.report_difference("decision", routed.event.event_id, brief(stored), brief(rebuilt))
    return verdict


def _excuse(
    routed: RoutedEvent, dealership: Dealership, playbook: Playbook, changed: Mapping[str, datetime], near_case: bool
) -> str | None:
    version = routed.routing["playbook_version"]
    if version != playbook.version:
        return f"routed by playbook {version}"
    if not routed.event.live and near_case:
        return "imported: the case it may have met is not noted"
    return changed_since({**dealership.written, **changed}, routed.at)
