"""Gateways that treat every customer after a plan, and what they post about it: late, again, in disorder, untrue."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

import httpx
from provider_behaviours import DELIVERED, Behaviour
from running_stack import RunningStack
from waiting import pause

from harness.gateways import Fault, Gateway, Reply, Taken
from harness.http_lines import Request
from harness.provider_signatures import hub_signature, twilio_signature

PUBLIC = "https://handoff.example"
TOKEN = "token-of-the-sms-provider"
APP_SECRET = "secret-of-the-app"
_LATEST = 0.3


@dataclass
class Reports:
    """Posts receipts to an installation, signed, and beside each one about somebody else's message."""

    stack: RunningStack
    client: httpx.AsyncClient
    chance: random.Random
    foreign: int = 0

    async def say(self, taken: Taken, status: str) -> None:
        """One receipt for a message, some time later."""
        await pause(self.chance.uniform(0, _LATEST))
        if taken.callback:
            await self._text_message(taken.callback.removeprefix(PUBLIC), taken.reference, status)
        else:
            await self._whatsapp(taken, status)

    async def deny(self, attempt_id: str) -> None:
        """Call an attempt failed that is of no SMS, or of nobody."""
        self.foreign += 1
        await self._text_message(f"/v1/callbacks/sms/status?attempt={attempt_id}", "SM-of-others", "failed")

    async def _text_message(self, path: str, reference: str, status: str) -> None:
        form = {"MessageSid": reference, "MessageStatus": status}
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": twilio_signature(PUBLIC + path, form, TOKEN),
        }
        await self._post(path, urlencode(form).encode(), headers)

    async def _whatsapp(self, taken: Taken, status: str) -> None:
        self.foreign += 1
        statuses = [
            {"id": f"of-others-{self.foreign}", "status": "failed", "errors": [{"code": 131026}]},
            {"id": taken.reference, "status": status, "biz_opaque_callback_data": taken.attempt_id},
        ]
        value = {"messaging_product": "whatsapp", "statuses": statuses}
        entry = {"id": "1022", "changes": [{"field": "messages", "value": value}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        headers = {"content-type": "application/json", "x-hub-signature-256": hub_signature(body, APP_SECRET)}
        await self._post("/v1/callbacks/whatsapp", body, headers)

    async def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        while True:
            with suppress(httpx.TransportError):
                answer = await self.client.post(self.stack.url() + path, content=body, headers=headers)
                assert answer.is_success, answer.text
                return
            # nobody knows whether it was heard, and so it is said again
            await pause(_LATEST)


@dataclass
class UnreliableGateway(Gateway):
    """Does with each number as its behaviour says; a number without one is delivered to.

    `handed` counts the sends of each attempt, refused ones too; `put_off` holds who was to wait, and since when.
    """

    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    handed: Counter[str] = field(default_factory=Counter)
    put_off: dict[str, datetime] = field(default_factory=dict)
    _sends: Counter[str] = field(default_factory=Counter)
    _reports: Reports | None = None
    _telling: set[asyncio.Task[None]] = field(default_factory=set)

    def report_to(self, reports: Reports) -> None:
        """From now on receipts are posted."""
        self._reports = reports

    def next_fault(self, request: Request) -> Fault | Reply | None:
        """The next one of the number's behaviour."""
        self.handed[request.attempt_id] += 1
        behaviour = self.behaviours.get(request.to)
        number = self._sends[request.to]
        self._sends[request.to] += 1
        fault = behaviour.faults[number] if behaviour and number < len(behaviour.faults) else None
        if isinstance(fault, Reply) and fault.status == 429:
            self.put_off[request.to] = self.clock()
        return fault

    def enter(self, request: Request) -> Taken:
        """Take it, and begin to tell of it, before the answer or after."""
        taken = super().enter(request)
        behaviour = self.behaviours.get(taken.to)
        taken.status = behaviour.listed if behaviour else "delivered"
        application = asyncio.create_task(self._tell(taken, behaviour.told if behaviour else DELIVERED))
        self._telling.add(application)
        return taken

    def gave_up(self, taken: Taken) -> bool:
        """Whether it said of a message it took that it could not deliver it."""
        behaviour = self.behaviours.get(taken.to)
        return behaviour is not None and "failed" in behaviour.told

    async def _tell(self, taken: Taken, statuses: tuple[str, ...]) -> None:
        assert self._reports is not None
        await self._reports.deny(f"nobody-{taken.reference}" if taken.callback else taken.attempt_id)
        for status in statuses:
            await self._reports.say(taken, status)

    async def stop(self) -> None:
        """Say no more either."""
        for application in self._telling:
            application.cancel()
        await super().stop()

    async def told(self) -> None:
        """Wait until everything is posted. Raises what went wrong."""
        await asyncio.gather(*self._telling)
