"""What `handoff why` prints: a timeline, line by line."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import httpx

from handoff_local.client import Client
from handoff_local.errors import CommandFailed, Refused

_MOST_CASES: Final = 200


def find_timeline(client: Client, name: str, dealer_id: str | None) -> list[dict[str, Any]]:
    """The timeline of a task of this name, else of a case, else of all cases of a customer.

    Raises CommandFailed when the dealers in sight have none of them.
    """
    own = quote(name, safe="")
    lines = _lines(client, f"/v1/tasks/{own}/timeline")
    if lines is not None:
        return lines
    dealers = [dealer_id] if dealer_id else [one["dealer_id"] for one in client.get("/v1/me")["dealers"]]
    for dealer in dealers:
        base = f"/v1/dealers/{quote(dealer, safe='')}/cases"
        lines = _lines(client, f"{base}/{own}/timeline")
        if lines is not None:
            return lines
        cases = list(client.items(base, most=_MOST_CASES, customer_id=name))
        if cases:
            found = [_lines(client, f"{base}/{quote(case['case_id'], safe='')}/timeline") or [] for case in cases]
            return sorted(
                (line for part in found for line in part), key=lambda line: datetime.fromisoformat(line["at"])
            )
    raise CommandFailed(f"there is no task, case or customer with cases called {name}")


def print_timeline(lines: Sequence[dict[str, Any]]) -> Iterator[str]:
    """One line for each thing that happened, what it rests on below it."""
    for line in lines:
        at = datetime.fromisoformat(line["at"]).strftime("%Y-%m-%d %H:%M")
        who = _who(line["who"])
        yield f"{at}  {line['kind']:<15} {line['text']}{f'  [{who}]' if who else ''}"
        if line["because"]:
            yield f"{' ' * 34}{line['because']}"


def _lines(client: Client, path: str) -> list[dict[str, Any]] | None:
    try:
        return list(client.items(path))
    except Refused as refused:
        if refused.status == httpx.codes.NOT_FOUND:
            return None
        raise


def _who(who: dict[str, str | None] | None) -> str:
    if who is None:
        return ""
    return ", ".join(part for part in (who["name"] or who["staff_id"], who["role"]) if part)
