"""Occurrences of which nothing comes, whatever else is known: what a sender of events should hear about."""

from shared.playbook.routing.arrow_matches import granularity_fits
from shared.playbook.ruleset.entries import Activity, Playbook


def leads_to_nothing(
    playbook: Playbook, role: str, occurrence: str, *, has_customer: bool, step: int | None = None
) -> bool:
    """Whether nobody else can hear of the occurrence when this role observes it, conditions and topics aside."""
    printed = playbook.activities_of(role, occurrence)
    if printed:
        return not any(activity.arrows for activity in printed if _fits(activity, printed, has_customer, step))
    implied = playbook.rulings.implied
    if not has_customer or (role, occurrence) in playbook.implied_index:
        return not has_customer
    if occurrence in implied.stop:
        return True
    pages = any(_prints(playbook, row.to_role, occurrence, step) for row in implied.by_page if row.to_role != role)
    return implied.otherwise.to_role == role and not pages


def has_no_arrow(playbook: Playbook, occurrence: str) -> bool:
    """Whether no page prints an arrow for the occurrence, whoever observes it."""
    of_it = (activity for activity in playbook.activities if activity.occurrence == occurrence)
    return not any(activity.arrows for activity in of_it)


def _fits(activity: Activity, printed: tuple[Activity, ...], has_customer: bool, step: int | None) -> bool:
    if not granularity_fits(activity, has_customer):
        return False
    one_page = len({other.page for other in printed if granularity_fits(other, has_customer)}) == 1
    return step is None or one_page or step in activity.halo_steps


def _prints(playbook: Playbook, role: str, occurrence: str, step: int | None) -> bool:
    return any(
        activity.granularity == "customer_case" and activity.arrows and step in activity.halo_steps
        for activity in playbook.activities_of(role, occurrence)
    )
