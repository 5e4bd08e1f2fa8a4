"""Which running clocks a dealer's hours, targets and chains would move; and moving them, by command."""

from typing import Final

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, StrictBool

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import DealerDep, NowDep, StackDep, TransactionDep, requires
from journey_api.http.pagination import PageDep
from journey_api.reference.collections import DEALER
from journey_api.reference.dealer_record import Dealer
from journey_api.reference.store import Place, preview_document
from journey_api.reports.clock_preview import MovedClocks, migrate_page, preview_migration
from shared.sla.policy.policy import read_policies
from shared.sla.store.policies import load_policies

router = keyed_router("clocks")
_READING: Final = [Depends(requires("ops:read"))]


class MigrationBody(BaseModel):
    """Whether the clocks are only shown."""

    model_config = ConfigDict(extra="forbid")

    dry_run: StrictBool = False


@router.get("/dealers/{dealer_id}/clocks/preview", dependencies=_READING)
async def preview_clocks(dealer_id: DealerDep, connection: TransactionDep, page: PageDep, now: NowDep) -> MovedClocks:
    """The running clocks that the hours, targets and chains of the dealer as it stands would move."""
    policies = (await load_policies(connection, [dealer_id]))[dealer_id]
    return await preview_migration(connection, dealer_id, policies, now, page)


@router.post("/dealers/{dealer_id}/clocks/preview", dependencies=_READING)
async def preview_dealer(
    dealer_id: DealerDep, record: Dealer, connection: TransactionDep, page: PageDep, now: NowDep, stack: StackDep
) -> MovedClocks:
    """The running clocks that a dealer's document would move if it were stored and they were migrated.

    The document is checked as PUT checks it; nothing is stored. Storing alone moves no clock.
    """
    document = await preview_document(connection, stack.playbook, Place(DEALER, dealer_id, dealer_id), record, now)
    return await preview_migration(connection, dealer_id, read_policies(document), now, page)


@router.post("/dealers/{dealer_id}/clocks/migrate", dependencies=[Depends(requires("admin"))])
async def migrate_clocks(
    dealer_id: DealerDep,
    connection: TransactionDep,
    page: PageDep,
    now: NowDep,
    body: MigrationBody | None = None,
) -> MovedClocks:
    """Move running clocks to the hours, targets and chains in force: what ran before stays as it was counted.

    At most `limit` at a time: ask again with `next_cursor` until it is null. With `dry_run` nothing is written. An
    overdue clock keeps what it has.
    """
    policies = (await load_policies(connection, [dealer_id]))[dealer_id]
    act = preview_migration if body is not None and body.dry_run else migrate_page
    return await act(connection, dealer_id, policies, now, page)
