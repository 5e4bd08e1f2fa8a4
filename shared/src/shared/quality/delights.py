"""The flags of delight (timers 5.9): when a moment of truth enchants. Pure."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Final

from shared.channels.registry import contact_channel
from shared.quality.case_facts import ContactFact
from shared.quality.case_view import CaseView, Raised, ran_at, share_passed
from shared.quality.types import Cause, Delight

Rule = Callable[[CaseView], Iterator[Raised]]

UNASKED_KINDS: Final = frozenset({"update", "proposal", "courtesy"})
ASKED_WITHIN: Final = timedelta(days=7)
"""How soon after a delivery or a return a customer is asked how it was."""

_HALF: Final = 0.5
_MANY_CONTACTS: Final = 3
_A_CHOICE: Final = 2


def _promise_beaten(view: CaseView) -> Iterator[Raised]:
    for one in view.facts.promises:
        if one.score == 1:
            yield Raised(one.promise_id, "promise_beaten", Cause("promise", one.promise_id))


def _unasked(view: CaseView) -> Iterator[Raised]:
    """On what a person said that nobody waited for and no rule asked for."""
    for said in view.said.values():
        waited = any(True for _ in view.running_at(said.at, but_of=""))
        if _outbound(said, UNASKED_KINDS) and not waited and not _rule_asked(view, said):
            yield Raised(said.contact_id, "unasked", Cause("contact", said.contact_id))


def _rule_asked(view: CaseView, said: ContactFact) -> bool:
    """Whether a reminder, a scheduled trigger, a resolution clock or a promise asked for the contact."""
    tasks = (one for one in view.facts.tasks if one.asked)
    if any(
        one.task_id == said.task_id or (one.created_at <= said.at and (one.ended_at is None or one.ended_at >= said.at))
        for one in tasks
    ):
        return True
    if any(one.target == "resolution" and ran_at(one, said.at) for one in view.facts.timers):
        return True
    return any(one.made_at <= said.at and (one.at is None or one.at >= said.at) for one in view.facts.promises)


def _quick_and_hers(view: CaseView) -> Iterator[Raised]:
    """On an answer within half its target on the first channel of the customer's order."""
    for clock, answer in view.answers():
        first = view.first_channels.get(answer.moment_id)
        quick = clock.breached_at is None and share_passed(clock, answer.at) <= _HALF
        if quick and first is not None and contact_channel(first) == answer.channel:
            yield Raised(answer.moment_id, "quick_and_hers", Cause("contact", answer.moment_id))


def _one_voice(view: CaseView) -> Iterator[Raised]:
    """On the satisfied closing of a case with three or more contacts of people and one owner role throughout."""
    for closing in view.facts.closings:
        contacts = [one for one in view.contacts if one.at <= closing.at]
        changes = [one for one in view.owner_changes if one.at <= closing.at]
        roles = {one.before.role for one in changes} | {one.after.role for one in changes}
        one_role = len(roles or {view.owner_at(closing.at).role}) == 1
        if closing.outcome == "satisfied" and len(contacts) >= _MANY_CONTACTS and one_role:
            yield Raised(closing.change_id, "one_voice", Cause("case", view.facts.case_id or ""))


def _asked_how_it_was(view: CaseView) -> Iterator[Raised]:
    """On a request for feedback within seven days of a delivery or a return."""
    for said in view.said.values():
        soon = any(at <= said.at <= at + ASKED_WITHIN for at in view.facts.deliveries)
        if soon and _outbound(said, {"feedback_request"}):
            yield Raised(said.contact_id, "asked_how_it_was", Cause("contact", said.contact_id))


def _choice(view: CaseView) -> Iterator[Raised]:
    for said in view.said.values():
        if _outbound(said, {"proposal"}) and (said.options or 0) >= _A_CHOICE:
            yield Raised(said.contact_id, "choice", Cause("contact", said.contact_id))


def _outbound(said: ContactFact, kinds: frozenset[str] | set[str]) -> bool:
    return said.direction == "outbound" and said.reached and said.kind in kinds


RULES: Final[Mapping[Delight, Rule]] = {
    "promise_beaten": _promise_beaten,
    "unasked": _unasked,
    "quick_and_hers": _quick_and_hers,
    "one_voice": _one_voice,
    "asked_how_it_was": _asked_how_it_was,
    "choice": _choice,
}
"""By flag where it holds."""
