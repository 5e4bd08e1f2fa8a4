"""The people a request names: who acts, and whether the dealer knows them."""

from journey_api.http.auth import Principal
from journey_api.http.problems import invalid
from shared.lifecycle import Actor
from shared.people.staff import Directory


def acting_person(principal: Principal, people: Directory, staff_id: str, pointer: str = "/staff_id") -> Actor:
    """The person a body says acts: 403 when the key is another person's, 422 when the dealer has no such person."""
    principal.act_as(staff_id)
    actor = people.actor(staff_id, principal.key_id)
    if actor is None:
        raise invalid(pointer, "The dealer has no such person")
    return actor
