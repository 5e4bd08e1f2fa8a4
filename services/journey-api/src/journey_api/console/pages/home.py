"""`/`: the board of the person's first role, else operations, else whatever board there is."""

from urllib.parse import urlencode

from starlette.responses import Response

from journey_api.console.page import see_other
from journey_api.console.visit import Visit, page


@page()
async def show_home(visit: Visit) -> Response:
    """Go on to where the work is."""
    person = visit.viewer.me.staff
    if person is not None and person.roles:
        return see_other("/board?" + urlencode({"dealer_id": person.dealer_id, "role": person.roles[0]}))
    return see_other("/operations" if visit.viewer.principal.may(["ops:read"]) else "/board")
