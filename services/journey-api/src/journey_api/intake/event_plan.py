"""The plan of requests against what is stored, and what would become of one that is not to be stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.intake.leads import Leads, resolve_leads
from journey_api.intake.merged_customers import name_current_customers
from journey_api.intake.prepare import EventKey, Outcome, Plan, Posted, Receipt, Stored, key_of, naming_of, plan_intake
from journey_api.intake.store import bare_driver, load_known
from journey_api.intake.unknown_people import find_unknown
from journey_api.intake.warnings import add_warnings
from shared.cases.store import load_cases
from shared.db.engine import Database
from shared.playbook.ruleset.entries import Playbook


async def plan_posts(
    connection: AsyncConnection, posts: Sequence[Posted], known: Mapping[EventKey, Stored]
) -> tuple[Plan, Leads]:
    """The plan, with the customers of leads; `loaded` are the events stored already. Locks the addresses of leads."""
    current = await name_current_customers(connection, posts, known)
    resolved, leads = await resolve_leads(connection, current, known)
    namings = (naming_of(event) for posted in resolved for event in posted.events)
    named = {(naming.dealer_id, naming.case_id) for naming in namings if naming is not None}
    cases = await load_cases(connection, named) if named else {}
    return plan_intake(resolved, known, cases), leads


async def preview_posted(database: Database, playbook: Playbook, posted: Posted) -> list[Outcome]:
    """What would become of a request now. Nothing is stored: new events have no id, nor has a lead that would begin."""
    async with database.transaction({event.data.dealer_id for event in posted.events}) as connection:
        driver = await bare_driver(connection)
        known = await load_known(driver, map(key_of, posted.events))
        plan, leads = await plan_posts(connection, [posted], known)
        unknown = await find_unknown(driver, plan.rows)
    begun = frozenset(key for key in unknown.unreachable if key[1] in leads.begun)
    unknown = unknown._replace(unreachable=unknown.unreachable - begun, not_kept=leads.not_kept)
    add_warnings(plan.rows, unknown, playbook)
    (outcomes,) = plan.answers
    stored = frozenset(one.event_id for one in known.values())
    return [_as_of_now(one, stored, leads) if isinstance(one, Receipt) else one for one in outcomes]


def _as_of_now(receipt: Receipt, stored: Collection[str], leads: Leads) -> Receipt:
    """A receipt without the ids that only storing would give, also where it is a repeat within the request."""
    event_id = receipt.event_id if receipt.event_id in stored else None
    customer_id = None if receipt.customer_id in leads.begun else receipt.customer_id
    return replace(receipt, event_id=event_id, customer_id=customer_id)
