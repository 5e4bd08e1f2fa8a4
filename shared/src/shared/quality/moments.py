"""The moments of truth of a case, judged from what is stored of it: again and again alike. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from shared.quality import delights, disappointments
from shared.quality.case_facts import CaseFacts, ContactFact, EventFact
from shared.quality.case_view import CaseView, Raised
from shared.quality.types import DISAPPOINTMENTS, FLAGS, NOTHING_SEEN, Cause, Flag, Moment, Score, Seen
from shared.sla.facts import Owner
from shared.vocabulary import STEP_PHASE

_FEEDBACK: Final[Mapping[str, Score]] = {"negative": -1, "neutral": 0, "positive": 1}


def judge(facts: CaseFacts, seen: Mapping[str, Seen]) -> list[Moment]:
    """The moments of a case by time, with the flags that hold and the score. `seen`: by moment, of people's records."""
    moments = _all_moments(facts, seen)
    first_channels = {one.moment_id: seen[one.moment_id].first_channel for one in moments if one.moment_id in seen}
    view = CaseView(facts, moments, first_channels)
    held = _flags_of(view)
    released = dict(_released(view))
    return [_judged(one, held.get(one.moment_id, {}), released.get(one.moment_id, {})) for one in moments]


def score_of(feedback: str | None, flags: Iterable[Flag]) -> Score:
    """The customer's own word, whatever the flags say; else tragic, enchanted or apathetic."""
    if feedback is not None:
        return _FEEDBACK[feedback]
    held = set(flags)
    return -1 if held.intersection(DISAPPOINTMENTS) else 1 if held else 0


def _judged(moment: Moment, causes: Mapping[Flag, Cause], released: Mapping[Flag, Cause]) -> Moment:
    flags = tuple(flag for flag in FLAGS if flag in causes)
    given = {name: getattr(moment, name) for name in Moment.__slots__}
    judged = {"flags": flags, "score": score_of(moment.feedback, flags), "causes": causes, "released": released}
    return Moment(**given | judged)


def _flags_of(view: CaseView) -> dict[str, dict[Flag, Cause]]:
    held: dict[str, dict[Flag, Cause]] = {}
    for rule in (*disappointments.RULES.values(), *delights.RULES.values()):
        for raised in sorted(rule(view), key=_order):
            held.setdefault(raised.moment_id, {}).setdefault(raised.flag, raised.cause)
    return held


def _order(raised: Raised) -> tuple[str, Cause]:
    return raised.moment_id, raised.cause


def _released(view: CaseView) -> Iterator[tuple[str, dict[Flag, Cause]]]:
    """What a late answer is taken from: the answer is why the customer's own contact has it no more."""
    for clock, answer in view.answers():
        if clock.breached_at is not None and clock.started_fact:
            yield clock.started_fact, {"late_answer": Cause("contact", answer.moment_id)}


def _all_moments(facts: CaseFacts, seen: Mapping[str, Seen]) -> tuple[Moment, ...]:
    bare = CaseView(facts, ())
    said = [one for one in facts.contacts if not one.automatic]
    found = [
        *(_of_event(bare, one) for one in facts.events if _is_moment(one)),
        *(_of_contact(bare, one, seen.get(one.contact_id, NOTHING_SEEN)) for one in said),
        *_of_promises(bare),
        *_of_closings(bare, seen),
        *_of_arrivals(bare, seen),
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.moment_id)))


def _is_moment(event: EventFact) -> bool:
    """A live event that somebody saw of the customer; of an imported one only what the customer said of us."""
    if not event.live:
        return event.sentiment is not None
    return not event.by_timer and not event.upkeep


def _of_event(view: CaseView, event: EventFact) -> Moment:
    owner = view.owner_at(event.at) if event.inbound else Owner()
    return _moment(
        view,
        moment_id=event.event_id,
        kind="contact" if event.inbound else "event",
        id=event.event_id,
        at=event.at,
        live=event.live,
        step=event.step,
        channel=event.channel,
        role=owner.role or event.role,
        staff_id=owner.staff_id if owner.role else event.staff_id,
        direction="inbound" if event.inbound else None,
        feedback=event.sentiment,
        entry=next(iter(event.entries), None),
    )


def _of_contact(view: CaseView, said: ContactFact, seen: Seen) -> Moment:
    owner = view.owner_at(said.at)
    task = next((one for one in view.facts.tasks if one.task_id == said.task_id), None)
    acting = said.staff_id if said.direction == "outbound" else None
    return _moment(
        view,
        moment_id=said.contact_id,
        kind="contact",
        id=said.contact_id,
        at=said.at,
        step=said.step,
        channel=said.channel,
        role=_acting_role(seen.roles, task.to_role if task else None, owner) if acting else owner.role,
        staff_id=acting or owner.staff_id,
        direction=said.direction,
        entry=task.entry if task else None,
    )


def _of_promises(view: CaseView) -> Iterator[Moment]:
    for one in view.facts.promises:
        if one.at is not None:
            yield _moment(
                view,
                moment_id=one.promise_id,
                kind="promise",
                id=one.promise_id,
                at=one.at,
                step=one.step,
                role=one.owner.role,
                staff_id=one.owner.staff_id,
                entry=one.entry,
            )


def _of_closings(view: CaseView, seen: Mapping[str, Seen]) -> Iterator[Moment]:
    for one in view.facts.closings:
        owner, roles = view.owner_at(one.at), seen.get(one.change_id, NOTHING_SEEN).roles
        yield _moment(
            view,
            moment_id=one.change_id,
            kind="closing",
            id=view.facts.case_id or one.change_id,
            at=one.at,
            step=one.step,
            role=_acting_role(roles, None, owner) if one.by else owner.role,
            staff_id=one.by or owner.staff_id,
        )


def _of_arrivals(view: CaseView, seen: Mapping[str, Seen]) -> Iterator[Moment]:
    for one in view.facts.arrivals:
        owner, roles = view.owner_at(one.at), seen.get(one.change_id, NOTHING_SEEN).roles
        yield _moment(
            view,
            moment_id=one.change_id,
            kind="arrival",
            id=one.appointment_id,
            at=one.at,
            step=one.step,
            channel="store",
            role=_acting_role(roles, None, owner) if one.staff_id else owner.role,
            staff_id=one.staff_id or owner.staff_id,
        )


def _acting_role(roles: tuple[str, ...], task_role: str | None, owner: Owner) -> str | None:
    """The role in which a person acted: the task's, else the case's, where it is one of his, else his first."""
    for role in (task_role, owner.role):
        if role is not None and role in roles:
            return role
    return roles[0] if roles else task_role or owner.role


def _moment(view: CaseView, **given: object) -> Moment:
    facts, step = view.facts, given.get("step")
    phase = STEP_PHASE.get(step) if isinstance(step, int) else None
    whose = {"dealer_id": facts.dealer_id, "customer_id": facts.customer_id, "case_id": facts.case_id}
    return Moment(**whose | {"phase": phase} | given)  # type: ignore[arg-type]
