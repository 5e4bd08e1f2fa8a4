"""Looks at one dealer: can every task find somebody, and every escalation an end."""

from collections.abc import Iterator, Sequence
from typing import Any

from handoff_local.checks.findings import Finding
from handoff_local.client import Client
from shared.vocabulary import ROLES


def examine_dealer(client: Client, dealer: dict[str, Any], mail_domain: str | None) -> Iterator[Finding]:
    """What is missing in the records of a dealer. `mail_domain`: whose mails the server sends; None: it sends none."""
    dealer_id = dealer.get("dealer_id") or dealer["id"]
    staff = list(client.items(f"/v1/dealers/{dealer_id}/staff"))
    yield from judge_dealer(dealer_id, dealer, staff, mail_domain)


def judge_dealer(
    dealer_id: str, dealer: dict[str, Any], staff: Sequence[dict[str, Any]], mail_domain: str | None = None
) -> Iterator[Finding]:
    """The same over values."""
    found = [*_of_dealer(dealer_id, dealer), *_of_sender(dealer_id, dealer, mail_domain)]
    found += _of_staff(dealer_id, dealer, staff)
    yield from found
    if not found:
        yield Finding("good", f"dealer {dealer_id} has hours, a mailbox, and people who can be reached in every role")


def _of_dealer(dealer_id: str, dealer: dict[str, Any]) -> Iterator[Finding]:
    put = f"PUT /v1/dealers/{dealer_id}"
    if not dealer.get("group_mailbox"):
        yield Finding(
            "missing", f"dealer {dealer_id} has no group mailbox: escalations have no last step", f"{put} group_mailbox"
        )
    calendars = dealer.get("calendars") or {}
    if not calendars.get("default"):
        yield Finding("missing", f"dealer {dealer_id} has no calendar: it is always open", f"{put} calendars.default")
    for role, name in (dealer.get("role_calendar") or {}).items():
        if name not in calendars:
            why = f"dealer {dealer_id}: the calendar {name!r} of {role} does not exist"
            yield Finding("broken", why, f"{put} calendars.{name}")


def _of_sender(dealer_id: str, dealer: dict[str, Any], mail_domain: str | None) -> Iterator[Finding]:
    """A sender of another domain than the envelope's fails DMARC (RFC 7489) unless its domain's key signs the mail."""
    address = (dealer.get("sender") or {}).get("email_from")
    if not address or not mail_domain:
        return
    domain = address.rpartition("@")[2].lower()
    if not _aligned(domain, mail_domain):
        why = f"dealer {dealer_id} sends mails as {domain}, our server as {mail_domain}: DMARC may refuse them"
        cure = f"let the mail server sign for {domain} (DKIM), or PUT /v1/dealers/{dealer_id} sender.email_from there"
        yield Finding("missing", why, cure)


def _aligned(one: str, other: str) -> bool:
    """Whether one of two domains is the other or lies below it."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _of_staff(dealer_id: str, dealer: dict[str, Any], staff: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    put = f"PUT /v1/dealers/{dealer_id}/staff"
    held = {role for person in staff for role in person.get("roles") or []}
    wanted = [
        role for role in ROLES if role != "business_development_centre" or dealer.get("has_business_development_centre")
    ]
    for role in wanted:
        if role not in held:
            yield Finding("missing", f"dealer {dealer_id} has nobody in the role {role}", f"{put}/{{staff_id}} roles")
    for person in staff:
        if not person.get("channels"):
            staff_id = person.get("staff_id") or person.get("id")
            why = f"dealer {dealer_id}: {person.get('name') or staff_id} ({staff_id}) has no channel to be told on"
            yield Finding("missing", why, f"{put}/{staff_id} channels")
