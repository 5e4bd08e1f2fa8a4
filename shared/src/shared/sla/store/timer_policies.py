"""The policies of timers, each stored once and named by its content: what an id means never changes."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from pydantic_core import from_json
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema import sla_policy
from shared.sla.store.policy_documents import policy_row, read_snapshot
from shared.sla.store.timer_columns import PolicyKey
from shared.sla.types import Snapshot, Timer

_KEPT: Final = 4_096

_COLUMNS: Final = "dealer_id, policy_id, document"

STORE_POLICIES: Final = f"""
    insert into sla_policy ({_COLUMNS})
    select {_COLUMNS} from json_populate_recordset(cast(null as sla_policy), cast(cast(:policies as text) as json))
    on conflict do nothing
"""
"""SQL that stores `policy_rows` given as the parameter `policies` (`to_json`), in each transaction that names them.

One that another transaction is storing is waited for, and stored if that one is rolled back.
"""

_STORED: Final = Prepared(select(sla_policy).where(in_keys(sla_policy.c.dealer_id, sla_policy.c.policy_id)))

_known: dict[str, Snapshot] = {}
"""What ids mean, whoever's they are, those met last. It says nothing of what is stored: who wrote one may yet be rolled
back."""


async def load_timer_policies(connection: AsyncConnection, wanted: Collection[PolicyKey]) -> dict[PolicyKey, Snapshot]:
    """The policies of these ids; those not met yet are read. Left out is what is not stored."""
    found = {key: _known[key[1]] for key in wanted if key[1] in _known}
    missing = set(wanted) - found.keys()
    if missing:
        for row in await _STORED.rows(connection, unnest_keys(missing)):
            found[row.dealer_id, row.policy_id] = _keep(row.policy_id, from_json(row.document))
    return found


def policy_rows(timers: Iterable[Timer]) -> list[dict[str, Any]]:
    """The rows of `sla_policy` of all the policies these timers have or had, each once, in one order for all.

    What they mean is known from then on: who begins a timer will read it.
    """
    rows: dict[PolicyKey, dict[str, Any]] = {}
    for timer in timers:
        for policy in (timer.policy, *(one.policy for one in timer.earlier)):
            row = policy_row(policy)
            key = timer.dealer_id, row["policy_id"]
            rows[key] = {"dealer_id": timer.dealer_id, **row}
            if row["policy_id"] not in _known:
                _keep(row["policy_id"], row["document"])
    return [rows[key] for key in sorted(rows)]


def _keep(policy_id: str, document: Mapping[str, Any]) -> Snapshot:
    if len(_known) >= _KEPT:
        del _known[next(iter(_known))]
    policy = _known[policy_id] = read_snapshot(document)
    policy.known_row.update(policy_id=policy_id, document=document)
    return policy
