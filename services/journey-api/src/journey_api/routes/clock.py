"""`GET /v1/clock`: what time it is in the domain, and how fast it runs."""

from datetime import datetime

from pydantic import BaseModel

from journey_api.dependencies import NowDep, StackDep
from journey_api.keyed_route import keyed_router

router = keyed_router("clock")


class ClockView(BaseModel):
    """Domain time and its rate against real time."""

    now: datetime
    rate: float


@router.get("/clock")
async def read_clock(now: NowDep, stack: StackDep) -> ClockView:
    """The present instant of domain time."""
    return ClockView(now=now, rate=stack.rate)
