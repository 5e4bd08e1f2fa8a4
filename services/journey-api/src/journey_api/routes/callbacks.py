"""`/v1/callbacks`: what providers tell us. They have no key; each proves itself in its own way."""

import asyncio
from collections.abc import Iterable
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import PlainTextResponse, Response

from journey_api.access.app_state import Stack
from journey_api.access.dependencies import NowDep, StackDep
from journey_api.callbacks.bounce_reports import REPORT, WHOLE_MAILS, read_report
from journey_api.callbacks.forms import FORM, public_address, read_form, read_raw
from journey_api.callbacks.inbound_mails import take_mail
from journey_api.callbacks.inbound_messages import take_message
from journey_api.callbacks.mail_reader import read_mail
from journey_api.callbacks.own_numbers import load_own_numbers
from journey_api.callbacks.provider_events import Incoming, Statement
from journey_api.callbacks.receipts import keep_report, keep_statement
from journey_api.callbacks.signatures import is_hubs, is_twilios, same
from journey_api.callbacks.sms import EMPTY_ANSWER, read_message, read_status
from journey_api.callbacks.whatsapp import parse_notification, read_notification
from journey_api.http.auth import ADMIN, bearer_token
from journey_api.http.problems import Problem, unavailable
from journey_api.http.request_body import JSON, MEBIBYTE, media_type, read_beginning, refuse_coded
from shared.channels.sms import SMS
from shared.channels.whatsapp import WHATSAPP
from shared.db.engine import EVERY_DEALER
from shared.process.transient_errors import is_outage

router = APIRouter(prefix="/v1/callbacks", tags=["callbacks"])

_log = structlog.get_logger()
_MAIL_READ: Final = 4 * MEBIBYTE
"""The words of a mail come before its attachments: no more is looked at."""

_LARGEST_MAIL: Final = 40 * MEBIBYTE
_WITH_ID: Final = "Our attempt; the address given to the provider names it."


def _body(*media_types: str) -> dict[str, Any]:
    """The OpenAPI of a body that is read here and not by FastAPI."""
    content = {kind: {"schema": {"type": "string"}} for kind in media_types}
    return {"requestBody": {"required": True, "content": content}}


@router.post("/sms/status", status_code=204, openapi_extra=_body(FORM))
async def post_sms_status(
    request: Request,
    stack: StackDep,
    now: NowDep,
    attempt: Annotated[str | None, Query(max_length=255, description=_WITH_ID)] = None,
) -> Response:
    """What became of an SMS (Twilio's form, `X-Twilio-Signature`). What is said of others' messages is ignored."""
    form = await _signed_form(request, stack)
    statement = read_status(form, attempt.replace("\x00", "") if attempt else None)
    if statement is None:
        _log.warning("callback_item_ignored", channel=SMS.name, kind="status")
    else:
        async with stack.database.transaction() as connection:
            await keep_statement(connection, (SMS.name,), statement, now)
    return Response(status_code=204)


@router.post("/sms/inbound", openapi_extra=_body(FORM))
async def post_sms_inbound(request: Request, stack: StackDep, now: NowDep) -> Response:
    """An SMS of a customer (Twilio's form, `X-Twilio-Signature`); it becomes an inbound contact, once.

    STOP and its like close the number for SMS, START opens it again. The answer is TwiML that sends nothing.
    """
    message = read_message(await _signed_form(request, stack))
    if message is None:
        _log.warning("callback_item_ignored", channel=SMS.name, kind="inbound")
    else:
        async with stack.database.transaction() as connection:
            await take_message(connection, stack.playbook, message, now)
    return Response(EMPTY_ANSWER, media_type="text/xml")


@router.get("/whatsapp", response_class=PlainTextResponse)
async def verify_whatsapp(
    stack: StackDep,
    mode: Annotated[str, Query(alias="hub.mode")] = "",
    token: Annotated[str, Query(alias="hub.verify_token")] = "",
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=1_000)] = "",
) -> Response:
    """Answers the challenge of whoever knows the verify token; 403 to anybody else."""
    expected = _setting(stack.settings.whatsapp_verify_token, "HANDOFF_WHATSAPP_VERIFY_TOKEN")
    if mode != "subscribe" or not same(expected, token):
        raise Problem(403, "The verify token is another one.")
    return PlainTextResponse(challenge, headers={"X-Content-Type-Options": "nosniff"})


@router.post("/whatsapp", openapi_extra=_body(JSON))
async def post_whatsapp(request: Request, stack: StackDep) -> Response:
    """Statuses and messages (`X-Hub-Signature-256` over the body). What is malformed is passed over, nothing else."""
    secret = _setting(stack.settings.whatsapp_app_secret, "HANDOFF_WHATSAPP_APP_SECRET")
    raw = await read_raw(request)
    if not is_hubs(secret, raw, request.headers.get("x-hub-signature-256")):
        raise Problem(403, "The signature is missing, or not that of this body.")
    if media_type(request.headers.get("content-type")) != JSON:
        raise Problem(415, f"Send {JSON}.", headers={"Accept": JSON})
    document = parse_notification(raw)
    if not isinstance(document, dict):
        raise Problem(422, "A notification is an object.")
    async with stack.database.transaction() as connection:
        numbers = await load_own_numbers(connection, stack.settings.whatsapp_phone_id)
    await _take_all(stack, read_notification(document, numbers))
    return Response(status_code=200)


@router.post("/email", status_code=204, openapi_extra=_body(REPORT, *WHOLE_MAILS))
async def post_mail_report(request: Request, stack: StackDep, now: NowDep) -> Response:
    """A delivery status notification (RFC 3464) or a complaint (RFC 5965) about one of our mails.

    The bearer is the secret of this callback, or an admin's key.
    """
    dealers = await _mail_reporter(request, stack)
    for report in read_report(request.headers.get("content-type", ""), await read_raw(request)):
        async with stack.database.transaction(dealers) as connection:
            await keep_report(connection, report, now)
    return Response(status_code=204)


@router.post("/email/inbound", status_code=204, openapi_extra=_body(*WHOLE_MAILS))
async def post_inbound_mail(request: Request, stack: StackDep, now: NowDep) -> Response:
    """A customer's mail as it came (RFC 5322, up to 40 MiB), by the bearer of returned mails or an admin's key.

    It becomes an inbound contact with its new words, once by its Message-ID, where the customer is known: by the reply
    address it came to, by the mail it answers, else by a verified sender. Attachments are not kept. What a machine
    wrote, and who nobody knows, is accepted and passed over.
    """
    dealers = await _mail_reporter(request, stack)
    refuse_coded(request.headers.get("content-encoding"))
    if media_type(request.headers.get("content-type")) not in WHOLE_MAILS:
        raise Problem(415, f"Send {WHOLE_MAILS[0]}.", headers={"Accept": ", ".join(WHOLE_MAILS)})
    octets = await read_beginning(request.receive, _MAIL_READ, _LARGEST_MAIL)
    mail = await asyncio.to_thread(read_mail, octets)
    async with stack.database.transaction(dealers) as connection:
        await take_mail(connection, stack.playbook, mail, stack.settings.reply_domain, now)
    return Response(status_code=204)


async def _signed_form(request: Request, stack: Stack) -> dict[str, str]:
    token = _setting(stack.settings.sms_token, "HANDOFF_SMS_TOKEN")
    fields = await read_form(request)
    url = public_address(request, stack.settings.public_url)
    if not is_twilios(token, url, fields, request.headers.get("x-twilio-signature")):
        raise Problem(403, "The signature is missing, or not that of this form at this address.")
    return dict(fields)


def _setting(value: str, name: str) -> str:
    """A setting without which nobody can prove anything: what is sent meanwhile is to be sent again."""
    if not value:
        raise unavailable(f"{name} is not set here, so nothing can be checked.", seconds=60)
    return value


async def _mail_reporter(request: Request, stack: Stack) -> str | list[str]:
    """The dealers whose mails the caller may speak of."""
    secret = stack.settings.email_callback_secret
    try:
        token = bearer_token(request.headers.get("authorization"))
        if secret and same(secret, token):
            return EVERY_DEALER
        principal = await stack.keys.principal(token)
    except Problem:
        _setting(secret, "HANDOFF_EMAIL_CALLBACK_SECRET")
        raise
    principal.require(ADMIN)
    return principal.reach


async def _take_all(stack: Stack, found: Iterable[Statement | Incoming]) -> None:
    """Each in a transaction of its own. What could not be stored comes again, with all the rest, which is harmless."""
    failed = False
    for item in found:
        try:
            async with stack.database.transaction() as connection:
                if isinstance(item, Statement):
                    await keep_statement(connection, (WHATSAPP.name,), item, stack.clock())
                else:
                    await take_message(connection, stack.playbook, item, stack.clock())
        except Exception as error:
            if is_outage(error):
                raise
            _log.exception("callback_item_failed", channel=WHATSAPP.name)
            failed = True
    if failed:
        raise unavailable("Part of this could not be stored; send it again.", seconds=60)
