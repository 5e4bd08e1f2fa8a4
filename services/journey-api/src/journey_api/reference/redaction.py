"""Records as the API shows them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from journey_api.http.auth import ADMIN, Principal
from journey_api.reference.collections import CUSTOMER, DEALER, STAFF, Kind
from journey_api.tasks.contact_card import mask
from shared.calendar.versions import COMING


def show_record(
    kind: Kind,
    row: Row[Any],
    principal: Principal,
    asked_for: str | None = None,
    *,
    closed: Sequence[Mapping[str, Any]] = (),
    masked: bool = False,
) -> dict[str, Any]:
    """A record with its ids and version; the channels of staff are masked for all but admins, others where `masked`.

    `asked_for`: the id it was asked for by, another one than its own where a customer has been merged into it.
    `closed`: the addresses of a customer that nothing is sent to.
    """
    identity = getattr(row, kind.identity)
    shown: dict[str, Any] = {"dealer_id": row.dealer_id, kind.identity: identity}
    if kind.parameter not in shown:
        shown[kind.parameter] = identity
    shown |= kind.complete(row.record)
    if masked or (kind is STAFF and not principal.may([ADMIN])):
        shown["channels"], closed = _masked(shown["channels"]), _masked(closed)
    if kind is DEALER:
        shown.setdefault(COMING, None)
    if kind is CUSTOMER:
        shown["unreachable"] = row.unreachable
        shown["closed_addresses"] = list(closed)
        shown["merged_into"] = identity if asked_for not in (None, identity) else None
    return shown | {"version": row.version, "created_at": row.created_at, "updated_at": row.updated_at}


def _masked(addresses: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**one, "address": mask(one["address"])} for one in addresses]
