"""Multiplicity: which of the arrows printed together is meant."""

from collections.abc import Callable, Mapping
from typing import Final

from shared.fast_dataclass import fast_dataclass
from shared.playbook.routing.situation import Situation
from shared.playbook.ruleset.dealer_settings import InspectionRow
from shared.playbook.ruleset.entries import Entry
from shared.playbook.types import Because

SPECIALIST: Final = "client_experience_specialist"
CENTRE: Final = "business_development_centre"
FEEDBACK_OWNER: Final = "client_experience_manager"


@fast_dataclass(frozen=True, slots=True)
class Choice:
    """Whether the arrow is meant: True, False, or None when it can only be suggested."""

    picked: bool | None
    because: Because
    missing: tuple[str, ...] = ()


def choose(situation: Situation, arrow: Entry) -> Choice:
    """What the arrow's multiplicity says here; its conditions are another matter."""
    return CHOICES[arrow.multiplicity](situation, arrow)


def _all(_situation: Situation, _arrow: Entry) -> Choice:
    return Choice(True, Because("always"))


def _by_hand(_situation: Situation, arrow: Entry) -> Choice:
    return Choice(None, Because("started_by_hand", {"role": arrow.from_role}))


def _one_of_two(situation: Situation, arrow: Entry) -> Choice:
    return _only(
        CENTRE if situation.dealer.has_business_development_centre else SPECIALIST, arrow, "first_line_of_dealer"
    )


def _holder(situation: Situation, arrow: Entry) -> Choice:
    holder = situation.view.read("enquiry.held_by").value
    return _one_of_two(situation, arrow) if holder is None else _only(str(holder), arrow, "holds_request")


def _transferring(situation: Situation, arrow: Entry) -> Choice:
    giver = situation.view.read("visit.transferred_by").value
    if giver is None:
        missing = ("visit.transferred_by",)
        return Choice(None, Because("facts_missing", {"facts": missing[0]}), missing)
    return _only(str(giver), arrow, "transferred_customer")


def _by_problem(situation: Situation, arrow: Entry) -> Choice:
    if arrow.to_role == FEEDBACK_OWNER:
        return Choice(True, Because("always"))
    about = situation.view.names("feedback.about") or situation.topics
    concerned = {role for subject in about for role in situation.tables.feedback.get(subject, ())}
    if arrow.to_role in concerned:
        return Choice(True, Because("feedback_concerns", {"role": arrow.to_role, "subjects": ",".join(about)}))
    missing = () if about else ("feedback.about",)
    return Choice(None, Because("feedback_may_concern", {"role": arrow.to_role}), missing)


def _by_inspection(situation: Situation, arrow: Entry) -> Choice:
    row = next((row for row in situation.tables.inspection if _row_fits(row, situation)), None)
    if row is None:
        return Choice(None, Because("inspection_table_silent"))
    return _only(row.to_role, arrow, "inspection_table")


def _row_fits(row: InspectionRow, situation: Situation) -> bool:
    topics_fit = not row.topics or not row.topics.isdisjoint(situation.topics)
    return topics_fit and row.severity in (None, situation.view.read("problem.severity").value)


def _only(role: str, arrow: Entry, code: str) -> Choice:
    if arrow.to_role == role:
        return Choice(True, Because(code, {"role": role}))
    return Choice(False, Because("other_receiver", {"role": role}))


CHOICES: Final[Mapping[str, Callable[[Situation, Entry], Choice]]] = {
    "all": _all,
    "one_or_more": _by_hand,
    "one_of_cxs_or_bdc": _one_of_two,
    "holder_of_request": _holder,
    "transferring_role": _transferring,
    "subset_by_problem": _by_problem,
    "unclear_one_of_or_all": _by_inspection,
}
