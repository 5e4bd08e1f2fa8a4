"""The documents of a request, each an event or what is wrong with it."""

import asyncio
from datetime import datetime
from typing import Any, Final

from journey_api.http.request_body import refuse_deep
from journey_api.http.validation_errors import MOST_FAULTS
from journey_api.intake.cloud_events import Event, InvalidEvent, read_event
from journey_api.intake.cloudevents_modes import ReceivedEvents
from shared.faults import Fault

Checked = Event | list[Fault]
_MOST_OF_BATCH: Final = 1_000
_AT_A_TIME: Final = 50
"""So many good events are checked before others have their turn; what is refused costs more, and waits each time."""


async def check_documents(arrival: ReceivedEvents, now: datetime, *, partial: bool = False) -> list[Checked]:
    """In order, the event or its faults, their pointers leading into the request. Raises 400 for a body too deep.

    Where all are refused for one, those after as many faults as an answer names are not looked at; where it is
    `partial`, each is, and after very many faults only for its first.
    """
    checked: list[Checked] = []
    found = 0
    for index, document in enumerate(arrival.documents):
        if found >= MOST_FAULTS and not partial:
            break
        one = _check(document, arrival.prefix(index), now, MOST_FAULTS if found < _MOST_OF_BATCH else 1)
        checked.append(one)
        found += len(one) if isinstance(one, list) else 0
        if len(arrival.documents) > 1 and (isinstance(one, list) or index % _AT_A_TIME == _AT_A_TIME - 1):
            await asyncio.sleep(0)
    if not all(isinstance(one, Event) for one in checked):
        refuse_deep(arrival.body)
    return checked


def _check(document: Any, prefix: str, now: datetime, most: int) -> Checked:
    try:
        return read_event(document, now, most)
    except InvalidEvent as invalid:
        return [fault._replace(pointer=prefix + fault.pointer) for fault in invalid.faults[:most]]
