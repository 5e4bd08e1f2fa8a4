"""Which board is looked at: the dealer's role, the person who acts, the lanes shown, the task in hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from journey_api.console.task_rows import LANES, SORTS, Sort
from journey_api.console.visit import Visit
from journey_api.http.problems import not_found
from shared.lifecycle import Actor
from shared.people.staff import Directory, directory
from shared.vocabulary import ROLES

SORT_COOKIE: Final = "sort"
VIEW_COOKIE: Final = "view"
_KEPT: Final = ("as", "view", "sort")


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """`query` is the address of the page; `actor` None: nobody acts, the board is read only.

    `sort` and `view`, the lane shown (empty: all of them), are the address's, else those chosen last in this browser.
    """

    dealer_id: str
    role: str
    actor: Actor | None
    people: Directory
    query: Mapping[str, str]
    sort: Sort = SORTS[0]
    view: str = ""

    @property
    def person(self) -> str | None:
        """The id of who acts."""
        return self.actor.staff_id if self.actor else None

    @property
    def address(self) -> str:
        """The address of the board without a task in hand."""
        kept = {name: self.query[name] for name in _KEPT if self.query.get(name)}
        return "/board?" + urlencode({"dealer_id": self.dealer_id, "role": self.role, **kept})

    def holders(self) -> list[tuple[str, str]]:
        """The people of the role by name."""
        named = [
            (one.name, staff_id) for staff_id, one in self.people.colleagues.items() if self.role in one.member.roles
        ]
        return [(staff_id, name) for name, staff_id in sorted(named)]


async def read_place(visit: Visit, query: Mapping[str, str]) -> BoardPlace:
    """The board of an address. Without a role: the person's first, else the first there is. Raises Problem 404."""
    if visit.dealer is None:
        raise not_found()
    role = query.get("role") or _own_role(visit)
    if role not in ROLES:
        raise not_found()
    people = await directory(visit.connection, visit.dealer.dealer_id)
    actor = acting(visit, people, role, query)
    return BoardPlace(visit.dealer.dealer_id, role, actor, people, query, _sort(visit, query), _view(visit, query))


def _sort(visit: Visit, query: Mapping[str, str]) -> Sort:
    wanted = query.get("sort") or visit.request.cookies.get(SORT_COOKIE)
    return next((one for one in SORTS if one == wanted), SORTS[0])


def _view(visit: Visit, query: Mapping[str, str]) -> str:
    wanted = query["view"] if "view" in query else visit.request.cookies.get(VIEW_COOKIE)
    return next((lane for lane in LANES if lane == wanted), "")


def acting(visit: Visit, people: Directory, role: str, query: Mapping[str, str]) -> Actor | None:
    """Who acts: the person of the key, else the colleague of the role chosen in the address (`as`)."""
    principal, own = visit.viewer.principal, visit.viewer.me.staff
    if own is not None:
        return people.actor(own.staff_id, principal.key_id) if own.dealer_id == people.dealer_id else None
    chosen = people.colleagues.get(query.get("as", ""))
    if chosen is None or role not in (*chosen.member.roles, *chosen.member.lead_of):
        return None
    return people.actor(chosen.member.staff_id, principal.key_id)


def _own_role(visit: Visit) -> str:
    person = visit.viewer.me.staff
    return person.roles[0] if person and person.roles else ROLES[0]
