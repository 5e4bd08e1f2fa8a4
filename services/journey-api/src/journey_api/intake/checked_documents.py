"""The documents of a request, each an event or what is wrong with it."""

from datetime import datetime

from journey_api.http.request_body import refuse_deep
from journey_api.intake.cloud_events import Event, InvalidEvent, read_event
from journey_api.intake.cloudevents_modes import ReceivedEvents
from shared.json_pointer import Fault

Checked = Event | list[Fault]


def check_documents(arrival: ReceivedEvents, now: datetime) -> list[Checked]:
    """In order, the event or its faults, their pointers leading into the request. Raises 400 for a body too deep."""
    checked: list[Checked] = []
    for index, document in enumerate(arrival.documents):
        try:
            checked.append(read_event(document, now))
        except InvalidEvent as invalid:
            prefix = arrival.prefix(index)
            checked.append([fault._replace(pointer=prefix + fault.pointer) for fault in invalid.faults])
    if not all(isinstance(one, Event) for one in checked):
        refuse_deep(arrival.body)
    return checked
