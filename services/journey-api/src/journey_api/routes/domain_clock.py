"""`GET /v1/clock`: what time it is in the domain, and how fast it runs."""

from datetime import datetime

from pydantic import BaseModel

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import NowDep, StackDep

router = keyed_router("clock")


class ClockView(BaseModel):
    """Domain time and its rate against real time."""

    now: datetime
    rate: float


@router.get("/clock")
async def read_clock(now: NowDep, stack: StackDep) -> ClockView:
    """The present instant of domain time."""
    return ClockView(now=now, rate=stack.rate)
