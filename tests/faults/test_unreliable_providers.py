"""Providers that are slow, fail and lie: nobody is written to twice without cause, nobody is forgotten."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from mail_ledger import Mail, MailLedger, mail_server
from proofs_of_chains import prove_accepted_once, prove_chains, prove_unreachable, prove_waits
from proofs_of_messages import prove_addresses, prove_mails, prove_told_once
from running_stack import RunningStack
from seeds import SEEDS
from telephone_load import RATE, START, TelephoneLoad
from trial import Trial
from unreliable_gateways import APP_SECRET, PUBLIC, TOKEN, Reports, UnreliableGateway
from waiting import pause

pytestmark = [pytest.mark.processes, pytest.mark.trial, pytest.mark.xdist_group("faults")]

SECONDS = 5
COPIES = 3
SETTLED_WITHIN = timedelta(minutes=3)


@pytest.mark.parametrize("seed", SEEDS[:1])
async def test_what_is_not_known_to_be_sent_is_sent_once_more_at_most(seed: int, folder: Path) -> None:
    async with mail_server(folder / "mails.jsonl", random.Random(seed)) as mails:
        stack = RunningStack(folder, {"HANDOFF_SMTP_URL": mails.url, "HANDOFF_SMTP_FROM": "handoff@dealer.example"})
        try:
            await stack.start()
            trial = Trial(stack, mails)
            await trial.run(seed, SECONDS, pause(SECONDS))
            await trial.prove()
            async with stack.database() as connection:
                unsure = await connection.fetchval("select count(*) from notification_attempt where status = 'unknown'")
            assert unsure > 0
        finally:
            await stack.stop()


@pytest.mark.parametrize("seed", SEEDS[:1])
async def test_the_next_channel_is_tried_where_it_should_be_and_nowhere_else(
    seed: int, folder: Path, mails: MailLedger
) -> None:
    load = TelephoneLoad(COPIES, random.Random(seed))
    async with _gateways(load) as (sms, whatsapp):
        stack = RunningStack(folder, _settings(sms, whatsapp, mails))
        try:
            await stack.start()
            async with stack.api() as api, httpx.AsyncClient(timeout=30) as client:
                reports = Reports(stack, client, random.Random(seed))
                for gateway in (sms, whatsapp):
                    gateway.report_to(reports)
                await load.run(api)
                await load.until_settled(stack, SETTLED_WITHIN)
                for gateway in (sms, whatsapp):
                    await gateway.told()
                await load.until_settled(stack, SETTLED_WITHIN)
            assert reports.foreign > len(load.behaviours)
            await _prove(stack, load, (sms, whatsapp), mails)
        finally:
            await stack.stop()


@asynccontextmanager
async def _gateways(load: TelephoneLoad) -> AsyncIterator[tuple[UnreliableGateway, UnreliableGateway]]:
    sms = UnreliableGateway(token=TOKEN, behaviours=load.by_number("sms"))
    whatsapp = UnreliableGateway(token=TOKEN, behaviours=load.by_number("whatsapp"))
    await sms.start()
    await whatsapp.start()
    try:
        yield sms, whatsapp
    finally:
        await sms.stop()
        await whatsapp.stop()


def _settings(sms: UnreliableGateway, whatsapp: UnreliableGateway, mails: MailLedger) -> dict[str, str]:
    return {
        "HANDOFF_SMTP_URL": mails.url,
        "HANDOFF_SMTP_FROM": "handoff@dealer.example",
        "HANDOFF_SMS_URL": sms.url,
        "HANDOFF_SMS_ACCOUNT": sms.account,
        "HANDOFF_SMS_TOKEN": TOKEN,
        "HANDOFF_SMS_FROM": "+351210000000",
        "HANDOFF_WHATSAPP_URL": whatsapp.url,
        "HANDOFF_WHATSAPP_TOKEN": TOKEN,
        "HANDOFF_WHATSAPP_PHONE_ID": "555",
        "HANDOFF_WHATSAPP_APP_SECRET": APP_SECRET,
        "HANDOFF_WHATSAPP_VERIFY_TOKEN": "verify",
        "HANDOFF_PUBLIC_URL": PUBLIC,
        "HANDOFF_CLOCK_START": START,
        "HANDOFF_CLOCK_RATE": str(RATE),
    }


async def _prove(
    stack: RunningStack, load: TelephoneLoad, gateways: tuple[UnreliableGateway, UnreliableGateway], mails: MailLedger
) -> None:
    for gateway in gateways:
        assert set(gateway.handed.values()) == {1}, "an attempt was handed over twice"
    taken = [one for gateway in gateways for one in gateway.ledger]
    arrived = [Mail(one.attempt_id, one.to, "", "") for one in taken] + mails.mails()
    failed = {one.attempt_id for gateway in gateways for one in gateway.ledger if gateway.gave_up(one)}
    async with stack.database() as connection:
        await prove_mails(connection, arrived, failed)
        await prove_addresses(connection, arrived)
        await prove_told_once(connection)
        await prove_chains(connection, load.behaviours)
        assert await prove_accepted_once(connection, [one.attempt_id for one in arrived], load.behaviours)
        await prove_unreachable(connection, load.behaviours)
    prove_waits(gateways)
    assert not stack.complaints()
