"""Text messages by a Twilio-style REST interface, over one or several providers that speak it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from notifier.channels.channel import (
    Accepted,
    DeliveryStatus,
    MessageLookup,
    Outbound,
    SendingFailed,
    StatusAbsent,
    StatusFound,
    StatusResult,
    StatusUnknown,
    TooLate,
    TryLater,
    Unconfirmed,
    Undeliverable,
    fingerprint,
)
from notifier.channels.failover import AllUnavailable, Endpoint, Endpoints
from notifier.channels.http import (
    LIMITS,
    TIMEOUT,
    Reply,
    exchange,
    hand_over,
    leaves_doubt,
    reference_of,
    refused_for_now,
    retry_after,
    trusted_certificates,
)
from notifier.settings import NotifierSettings
from shared.channels.telephone_numbers import e164
from shared.clock import Clock, real_now
from shared.ids import provider_code

_API: Final = "/2010-04-01/Accounts/"
_PAGE: Final = 1_000
_SKEW: Final = timedelta(minutes=10)
"""How far the provider's clock may be off."""

_STATUSES: Final[Mapping[str, DeliveryStatus]] = {
    "delivered": "delivered",
    "read": "read",
    "undelivered": "perm_failed",
    "failed": "perm_failed",
    "canceled": "perm_failed",
}
"""Twilio's final statuses; every other one means that it is on its way."""


@dataclass(frozen=True, slots=True)
class SmsAccount:
    """Who we are to the providers, all of them the same. `public_url`: where they report to; empty: nowhere."""

    account: str
    token: str
    sender: str
    public_url: str = ""


def open_channel(settings: NotifierSettings, _clock: Clock) -> "SmsChannel":
    """The channel of these settings. Raises ValueError for an address that is none."""
    urls = tuple(url.strip() for url in settings.sms_url.split(",") if url.strip())
    account = SmsAccount(settings.sms_account, settings.sms_token, settings.sms_from, settings.public_url)
    return SmsChannel(urls, account)


class SmsChannel:
    """Hands text messages to the first provider that works; safe for use by several tasks at once."""

    provider = "sms"
    accepted_is_delivered = False

    def __init__(
        self,
        urls: tuple[str, ...],
        account: SmsAccount,
        real_clock: Clock = real_now,
        *,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self._endpoints = Endpoints(urls)
        self._account = account
        self._clock = real_clock
        self._client = httpx.AsyncClient(
            auth=(account.account, account.token), verify=trusted_certificates(), timeout=timeout, limits=LIMITS
        )

    async def send(self, message: Outbound) -> Accepted:
        """Hand it over. Raises Undeliverable, TryLater or Unconfirmed.

        A provider that fails is left alone for a while: the next attempt, also of another message, goes to the next.
        """
        to = e164(message.to, message.region)
        if to is None:
            raise Undeliverable("bad_address")
        endpoint = self._choose()
        try:
            accepted = await self._post(endpoint, message, to)
        except (TooLate, Undeliverable):
            raise
        except TryLater as failure:
            raise self._failover(endpoint, failure) from failure
        except BaseException:
            self._endpoints.failed(endpoint, self._clock())
            raise
        self._endpoints.works(endpoint)
        return accepted

    async def ask(self, lookup: MessageLookup) -> StatusResult:
        """Search the messages the providers say they had from us since; not there is only what none of them has."""
        to = e164(lookup.to, lookup.region)
        if to is None:
            return StatusAbsent()
        answers = await asyncio.gather(*(self._search(endpoint, lookup, to) for endpoint in self._endpoints_of(lookup)))
        found = next((answer for answer in answers if isinstance(answer, StatusFound)), None)
        if found is not None:
            return found
        return StatusAbsent() if all(isinstance(answer, StatusAbsent) for answer in answers) else StatusUnknown()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    def _choose(self) -> Endpoint:
        try:
            return self._endpoints.choose(self._clock())
        except AllUnavailable as rest:
            raise TryLater("providers_rest", rest.wait) from rest

    async def _post(self, endpoint: Endpoint, message: Outbound, to: str) -> Accepted:
        form = {"To": to, "From": message.sender_address or self._account.sender, "Body": message.text.strip()}
        if self._account.public_url:
            report = self._account.public_url.rstrip("/") + "/v1/callbacks/sms/status"
            form["StatusCallback"] = f"{report}?attempt={message.attempt_id}"
        headers = {"I-Twilio-Idempotency-Token": message.attempt_id}
        url = f"{self._messages(endpoint)}.json"
        answer = await hand_over(self._client, message, url, provider=endpoint.provider, data=form, headers=headers)
        return self._read(endpoint, answer)

    def _read(self, endpoint: Endpoint, answer: Reply) -> Accepted:
        body = answer.document
        known = provider_code(body.get("code")) or provider_code(body.get("error_code"))
        code = known or str(answer.status)
        if known is None and leaves_doubt(answer.status):
            raise Unconfirmed(code, provider=endpoint.provider)
        if refused_for_now(answer.status):
            raise TryLater(code, retry_after(answer, self._clock()), provider=endpoint.provider)
        if not answer.success or _STATUSES.get(str(body.get("status"))) == "perm_failed":
            self._endpoints.works(endpoint)
            raise Undeliverable(code, provider=endpoint.provider)
        sid = reference_of(body.get("sid"))
        if sid is None:
            # it says yes and nothing else
            raise Unconfirmed("no_reference", provider=endpoint.provider)
        return Accepted(sid, str(answer.status), endpoint.provider)

    def _failover(self, endpoint: Endpoint, failure: TryLater) -> SendingFailed:
        now = self._clock()
        self._endpoints.failed(endpoint, now, failure.after)
        after = None if self._endpoints.other_ready(endpoint, now) else failure.after
        return TryLater(failure.code, after, provider=endpoint.provider)

    def _messages(self, endpoint: Endpoint) -> str:
        return f"{endpoint.url}{_API}{self._account.account}/Messages"

    def _endpoints_of(self, lookup: MessageLookup) -> list[Endpoint]:
        known = [endpoint for endpoint in self._endpoints.all if endpoint.provider == lookup.provider]
        return known or self._endpoints.all

    async def _search(self, endpoint: Endpoint, lookup: MessageLookup, to: str) -> StatusResult:
        # not by DateSent, which a message that still waits at the provider has not
        query = {"To": to, "From": lookup.sender or self._account.sender, "PageSize": str(_PAGE)}
        try:
            asked = self._client.build_request("GET", f"{self._messages(endpoint)}.json", params=query)
            answer = await exchange(self._client, asked)
        except httpx.HTTPError:
            return StatusUnknown()
        listed = answer.document.get("messages")
        if not answer.success or not isinstance(listed, list):
            return StatusUnknown()
        if not all(isinstance(one, Mapping) for one in listed):
            return StatusUnknown()
        if found := _pick(_ours(listed, lookup, to), lookup, endpoint):
            return found
        return StatusUnknown() if answer.document.get("next_page_uri") else StatusAbsent()


def _pick(listed: Sequence[Mapping[str, Any]], lookup: MessageLookup, endpoint: Endpoint) -> StatusResult | None:
    """The message with our words; where only others are left that nobody accounts for, one of them may be it."""
    for one in listed:
        sid = reference_of(one.get("sid"))
        if sid is not None and (sid == lookup.reference or fingerprint(str(one.get("body"))) == lookup.fingerprint):
            status = _STATUSES.get(str(one.get("status")), "accepted")
            return StatusFound(status, sid, provider_code(one.get("error_code")), endpoint.provider)
    return StatusUnknown() if listed else None


def _ours(listed: Sequence[Mapping[str, Any]], lookup: MessageLookup, to: str) -> list[Mapping[str, Any]]:
    """What may be our message: to that number, not older, and no other one of ours."""
    since = lookup.since - _SKEW
    return [
        one
        for one in listed
        if reference_of(one.get("sid")) not in lookup.accounted
        and e164(str(one.get("to"))) in (None, to)
        and not _before(one, since)
    ]


def _before(one: Mapping[str, Any], since: datetime) -> bool:
    """Whether the provider says it is older; where it says nothing readable, it may be ours."""
    try:
        made = parsedate_to_datetime(str(one.get("date_created")))
    except ValueError:
        return False
    return made.tzinfo is not None and made < since
