"""What operations look at: which dealers, which targets, which period; all of it in the address."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from journey_api.console.multiples import DAYS
from journey_api.console.visit import Visit
from journey_api.console.watched_clocks import Place
from journey_api.http.periods import Period
from journey_api.http.problems import not_found
from journey_api.routes.me import OwnDealer
from shared.calendar.document import load_zone
from shared.calendar.opening_hours import Calendar
from shared.people.dealers import load_dealers
from shared.people.staff import read_people
from shared.sla.policy.escalation_steps import METRICS

_KEPT: Final = ("dealer_id", "target", "from", "to")


@dataclass(frozen=True, slots=True)
class OperationsPlace:
    """`dealer_id` None: every dealer of the key. `since` and `until` are days of each dealer, both included."""

    dealer_id: str | None
    target: str | None
    since: date
    until: date
    today: date
    places: Mapping[str, Place]
    calendars: Mapping[str, Calendar]
    query: Mapping[str, str]

    @property
    def is_reversed(self) -> bool:
        """Whether the first day is after the last."""
        return self.since > self.until

    @property
    def period(self) -> Period:
        """The period of the rates."""
        return Period(self.since, self.until)

    @property
    def days(self) -> Period:
        """The days that are drawn, up to the end of the period."""
        return Period(self.until - timedelta(days=DAYS - 1), self.until)

    def address(self, path: str, **changed: str | None) -> str:
        """A page or list with the filters of this one, some changed; None leaves one out."""
        kept = {name: self.query.get(name) for name in _KEPT} | changed
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"{path}?{query}" if query else path


async def read_operations_place(visit: Visit) -> tuple[Visit, OperationsPlace]:
    """The place of an address, and the visit at it. Raises Problem 404: no dealer or target of this name, no day."""
    query = {name: value for name, value in visit.request.query_params.items() if value}
    dealer_id, target = query.get("dealer_id"), query.get("target")
    own = {one.dealer_id: one for one in visit.viewer.me.dealers}
    if (dealer_id is not None and dealer_id not in own) or target not in (None, *METRICS):
        raise not_found()
    visit = await visit.at(dealer_id) if dealer_id else visit
    if dealer_id is None and len(own) > 1:
        named = OwnDealer(dealer_id="", name=visit.texts.text("operations.all_dealers", count=len(own)))
        visit = replace(visit, dealer=named)
    wanted = [dealer_id] if dealer_id else list(own)
    places, calendars = await _dealers(visit, {one: own[one] for one in wanted})
    today = visit.now.astimezone(visit.zone).date()
    until = _day(query.get("to"), today)
    since = _day(query.get("from"), until)
    return visit, OperationsPlace(dealer_id, target, since, until, today, places, calendars, defaultdict(str, query))


async def _dealers(visit: Visit, own: Mapping[str, OwnDealer]) -> tuple[dict[str, Place], dict[str, Calendar]]:
    places, calendars = {}, {}
    for dealer_id, rows in (await load_dealers(visit.connection, own)).items():
        if rows.record is not None:
            zone = load_zone(rows.record["time_zone"])
            places[dealer_id] = Place(own[dealer_id].name or dealer_id, zone)
            calendars[dealer_id] = read_people(rows.record, (), zone).calendar
    return places, calendars


def _day(text: str | None, default: date) -> date:
    try:
        return date.fromisoformat(text) if text else default
    except ValueError:
        raise not_found() from None
