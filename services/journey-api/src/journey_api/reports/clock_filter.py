"""Which timers a list or a feed is about, as a request asks for them."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import AwareDatetime

from journey_api.http.periods import refuse_reversed

_Text = Annotated[str | None, Query(max_length=200)]
_Several = Annotated[list[str] | None, Query(max_length=200)]
TimerState = Literal["running", "paused", "completed", "cancelled"]


@dataclass(frozen=True, slots=True)
class TimerFilter:
    """Which timers are wanted; None leaves a question open."""

    dealer_id: _Text = None
    customer_id: _Text = None
    case_id: _Text = None
    task_id: _Text = None
    owner_role: _Text = None
    owner: _Text = None
    target: _Several = None
    rule: _Several = None
    state: Annotated[list[TimerState] | None, Query()] = None
    breached: bool | None = None
    due_before: AwareDatetime | None = None
    due_after: AwareDatetime | None = None


def read_timer_filter(wanted: Annotated[TimerFilter, Depends()]) -> TimerFilter:
    """The filter of a request; 422 at both parameters where `due_after` is after `due_before`."""
    refuse_reversed(wanted.due_after, wanted.due_before, "due_after", "due_before")
    return wanted


TimerFilterDep = Annotated[TimerFilter, Depends(read_timer_filter)]
