"""Promises as pages show them: what was promised, by when, how it stands, and the forms that change it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from babel.numbers import format_currency
from sqlalchemy import select

from journey_api.console.countdown import Countdown, countdown
from journey_api.console.moments import clock_words
from journey_api.console.visit import Visit
from journey_api.promises.actions import Action
from shared.db.schema import sla_timer, staff
from shared.languages.isolation import join_isolated
from shared.promises.documents import PromiseDocument
from shared.sla.store.timers import read_timers
from shared.sla.types import Timer

_FORMS: Final[dict[str, tuple[Action, ...]]] = {"open": ("keep", "move", "withdraw"), "broken": ("keep",)}
_UNENDED_FIRST: Final = ("open", "broken")


@dataclass(frozen=True, slots=True)
class ShownPromise:
    """A promise in words. `clock`: while it has not ended; `forms`: what may be done to it, by whoever may."""

    promise_id: str
    kind: str
    text: str
    state: str
    score: int | None
    due: str
    due_at: str
    ended: str | None
    owner: str | None
    amount: str | None
    moves: int
    clock: Countdown | None
    forms: tuple[Action, ...]


async def show_promises(visit: Visit, promises: Sequence[PromiseDocument]) -> list[ShownPromise]:
    """These promises, those that have not ended first, by date; times in the dealer's zone."""
    if not promises:
        return []
    timers = await _timers(visit, {one["timer_id"] for one in promises})
    people = await _people(visit, promises)
    ordered = sorted(promises, key=lambda one: (one["state"] not in _UNENDED_FIRST, one["due_at"]))
    return [_shown(visit, one, timers.get(one["timer_id"]), people) for one in ordered]


def _shown(visit: Visit, one: PromiseDocument, timer: Timer | None, people: dict[str, str]) -> ShownPromise:
    owner, running = one["owner"], timer is not None and timer.subject_id == one["promise_id"] and timer.live
    role = visit.texts.text(f"roles.{owner['role']}") if owner["role"] else None
    ended = one["ended_at"]
    return ShownPromise(
        promise_id=one["promise_id"],
        kind=one["kind"],
        text=one["text"],
        state=one["state"],
        score=one["score"],
        due=clock_words(visit, one["due_at"]),
        due_at=one["due_at"].isoformat(),
        ended=clock_words(visit, ended) if ended is not None and one["state"] != "broken" else None,
        owner=join_isolated(", ", (people.get(owner["staff_id"] or ""), role)) or None,
        amount=_money(visit, one),
        moves=one["moves"],
        clock=countdown(timer, visit.now, visit.zone, visit.texts) if timer is not None and running else None,
        forms=_FORMS.get(one["state"], ()),
    )


def _money(visit: Visit, one: PromiseDocument) -> str | None:
    if one["amount"] is None or one["currency"] is None:
        return None
    return format_currency(one["amount"], one["currency"], locale=visit.viewer.language)


async def _timers(visit: Visit, timer_ids: Iterable[str]) -> dict[str, Timer]:
    query = select(sla_timer).where(sla_timer.c.timer_id.in_(sorted(timer_ids)))
    return {timer.timer_id: timer for timer in await read_timers(visit.connection, query)}


async def _people(visit: Visit, promises: Sequence[PromiseDocument]) -> dict[str, str]:
    named = sorted({one["owner"]["staff_id"] for one in promises if one["owner"]["staff_id"] is not None})
    query = select(staff.c.staff_id, staff.c.record["name"].astext.label("name")).where(
        staff.c.dealer_id == promises[0]["dealer_id"], staff.c.staff_id.in_(named)
    )
    return {row.staff_id: row.name or row.staff_id for row in await visit.connection.execute(query)}
