"""`/messages`: what was sent and why, what is held and until when, what failed; each filter in the address."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, get_args
from urllib.parse import urlencode

from sqlalchemy import RowMapping
from starlette.responses import Response

from journey_api.cases.timeline_words import Words
from journey_api.console.chosen_filters import keeps_filters
from journey_api.console.chosen_period import read_chosen_period
from journey_api.console.message_rows import message_rows
from journey_api.console.visit import Visit, page
from journey_api.http.pagination import Page, page_at
from journey_api.http.problems import not_found
from journey_api.reports.notification_list import NotificationFilter, list_notifications, show_notifications
from journey_api.routes.notifications import Status
from shared.channels.registry import machine_channels
from shared.messaging.notification_events import MESSAGES

STATUSES: Final = get_args(Status)
MOST_ROWS: Final = 50
_IDS: Final = ("dealer_id", "customer_id", "staff_id", "task_id", "case_id", "timer_id")
_CHOSEN: Final = ("status", "channel", "message")
_LONGEST: Final = 200


@page("ops:read")
@keeps_filters("messages", *_CHOSEN)
async def show_messages(visit: Visit) -> Response:
    """The messages that match, newest first, page after page; of a period that cannot be why, with status 422.

    Raises Problem 404 for a dealer the key does not see.
    """
    query = {name: value.replace("\x00", "")[:_LONGEST] for name, value in visit.request.query_params.items() if value}
    own = visit.viewer.me.dealers
    if query.get("dealer_id"):
        visit = await visit.at(query["dealer_id"])
    if any(query.get(name, known[0]) not in known for name, known in _known().items()):
        raise not_found()
    period, wrong = read_chosen_period(visit.texts, query)
    wanted = NotificationFilter({name: [query[name]] for name in (*_IDS, *_CHOSEN) if name in query}, period)
    part = page_at(visit.request.url.path, MOST_ROWS, query.get("cursor"))
    rows = [] if wrong else await list_notifications(visit.connection, wanted, part.instant_key(), MOST_ROWS)
    shown = await show_notifications(visit.connection, rows[:MOST_ROWS], visit.viewer.principal)
    words = Words(visit.viewer.language, visit.zone, visit.stack.playbook.texts)
    kept = {name: value for name, value in query.items() if name in (*_IDS, *_CHOSEN, "from", "to")}
    return visit.render(
        "messages.html",
        "messages",
        status=422 if wrong else 200,
        wrong=wrong,
        rows=await message_rows(visit, shown),
        query=defaultdict(str, kept),
        narrowed=[name for name in _IDS[1:] if name in kept],
        dealers=own,
        dealer_names=[(one.dealer_id, one.name or one.dealer_id) for one in own],
        statuses=[(one, words.word("statuses", one)) for one in STATUSES],
        channels=[(one, words.channel(one)) for one in machine_channels()],
        messages=[(one, words.word("messages", one)) for one in MESSAGES],
        more=_more(kept, part, rows) if len(rows) > MOST_ROWS else None,
        csv="/v1/notifications?" + urlencode({**kept, "format": "csv"}),
        may_read_words=visit.viewer.principal.may(["tasks:read"]),
    )


def _known() -> dict[str, tuple[str, ...]]:
    return {"status": STATUSES, "channel": tuple(machine_channels()), "message": tuple(MESSAGES)}


def _more(kept: Mapping[str, str], part: Page, rows: Sequence[RowMapping]) -> str:
    last = rows[MOST_ROWS - 1]
    cursor = part.cursor(last["created_at"].isoformat(), last["notification_id"])
    return "/messages?" + urlencode({**kept, "cursor": cursor})
