"""Carries a plan out: loads the recipient, plans, stores the notification, starts what people have to do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import RowMapping

from notifier.context import ChannelConfig, NotifierContext
from notifier.followup.fallback_chain import is_reached
from notifier.followup.manual_sends import create_unreachable_task, start_send
from notifier.notifications.request import NotificationRequest
from notifier.notifications.still_relevant import is_relevant
from notifier.planning.channel_selection import Plan, Situation, plan
from notifier.planning.digests import Windows, load_windows, put_in_bundle
from notifier.planning.plan_store import Planned, store_plans
from notifier.planning.recipients import ResolvedRecipient, resolve_recipients
from notifier.planning.throttle import Throttle, load_throttle
from shared.channels.registry import kind_of


async def request_notification(context: NotifierContext, request: NotificationRequest) -> RowMapping | None:
    """Meet one obligation; None where it has been met by this channel already."""
    return (await request_notifications(context, [request]))[0]


async def request_notifications(
    context: NotifierContext, requests: Sequence[NotificationRequest]
) -> list[RowMapping | None]:
    """Plan obligations and store what comes of them; None for each that has been met by its channel already.

    The caller holds the customers' locks. A call or letter becomes a task at once; with no channel left the customer
    owner is told that the customer cannot be reached.
    """
    if not requests:
        return []
    recipients = await resolve_recipients(context, requests)
    windows, throttle = await load_windows(context, requests), await load_throttle(context, requests)
    pairs = zip(recipients, requests, strict=True)
    planned = [_planned(context, recipient, request, windows, throttle) for recipient, request in pairs]
    rows = await store_plans(context, planned)
    return [
        None if row is None else await apply_plan_effects(context, one.request, one.plan, row)
        for one, row in zip(planned, rows, strict=True)
    ]


def _planned(
    context: NotifierContext,
    recipient: ResolvedRecipient,
    request: NotificationRequest,
    windows: Windows,
    throttle: Throttle,
) -> Planned:
    planned = plan_for(throttled(recipient, request, throttle), context.config, request, context.now)
    if _by_machine(planned):
        throttle.note(request, planned.scheduled_for or context.now)
    together = windows.ends(request) if planned.scheduled_for is None else None
    if together is not None and planned.address is not None:
        request, planned = put_in_bundle(request), replace(planned, scheduled_for=together)
    elif planned.address is not None or planned.scheduled_for is not None:
        windows.open(request, context.now)
    if request.awaits_routing(context.real) and not _by_machine(planned):
        planned = replace(planned, scheduled_for=planned.scheduled_for or context.now)
    return Planned(request, planned, recipient.language)


async def apply_plan_effects(
    context: NotifierContext, request: NotificationRequest, planned: Plan, row: RowMapping
) -> RowMapping:
    """What a stored plan asks of people: a call, a letter, a way to a customer no channel reaches."""
    if planned.scheduled_for is not None:
        return row
    if planned.address and kind_of(planned.address.kind).manual:
        return await start_send(context, row)
    if planned.exhausted and request.notification_type.becomes_task:
        await create_unreachable_task(context, request)
    return row


def _by_machine(planned: Plan) -> bool:
    """Whether a machine sends it, which knows to wait; people's tasks need the case at once."""
    return planned.address is not None and kind_of(planned.address.kind).manual is None


async def try_next_channel(
    context: NotifierContext,
    request: NotificationRequest,
    channel: str | None,
) -> RowMapping | None:
    """Try the next channel of an obligation after `channel` has failed; None where none needs to be tried.

    A recipient who was reached is left alone, and nobody is told what has been dealt with.
    """
    if await is_reached(context, request) or not await is_relevant(context, request):
        return None
    tried = (*request.tried, channel) if channel else request.tried
    return await request_notification(context, replace(request, tried=tried))


def throttled(recipient: ResolvedRecipient, request: NotificationRequest, throttle: Throttle) -> ResolvedRecipient:
    """The recipient, who may be written to no more often than the dealer's limit says."""
    return replace(recipient, availability_of=throttle.over(request, recipient.availability_of))


def plan_for(recipient: ResolvedRecipient, config: ChannelConfig, request: NotificationRequest, now: datetime) -> Plan:
    """The plan of an obligation as things are now."""
    situation = Situation(
        configured=config.configured,
        availability_of=recipient.availability_of,
        token=request.name,
        becomes_task=request.notification_type.becomes_task,
        as_letter=request.notification_type.as_letter,
        urgent=request.urgent,
        deadline=request.deadline,
        tried=frozenset(request.tried),
    )
    return plan(recipient.preferences, recipient.message, situation, now)
