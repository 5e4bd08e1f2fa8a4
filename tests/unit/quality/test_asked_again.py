"""Who is asked again for what another case of the same matter knows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from unit.quality.case_stories import at, event

from shared.quality.asked_again import Asking, Known, asked_again

NEWS = frozenset({"service_request_received"})
KNOWN = Known(at(0) - timedelta(days=30), frozenset({"problem"}), frozenset({("service_request", at(0))}))
ASKING = Asking("e", "service_request", at(0))


def test_a_task_that_lacks_what_another_case_knows_asks_again() -> None:
    assert asked_again([event("e", 0, news=NEWS)], [ASKING], [KNOWN]) == {"e"}


@pytest.mark.parametrize(
    "known",
    [
        replace(KNOWN, at=at(0) - timedelta(days=30, seconds=1)),
        replace(KNOWN, at=at(1)),
        replace(KNOWN, matters=frozenset({("purchase", at(0))})),
        replace(KNOWN, matters=frozenset({("service_request", at(1))})),
        replace(KNOWN, given=frozenset({"other"})),
    ],
)
def test_what_is_old_of_another_matter_or_of_no_use_is_not_asked_again(known: Known) -> None:
    assert asked_again([event("e", 0, news=NEWS)], [ASKING], [known]) == frozenset()


def test_what_the_case_was_given_itself_is_not_asked_again() -> None:
    given = event("e", 0, news=NEWS, given=frozenset({"problem", "situation"}))
    assert asked_again([given], [ASKING], [KNOWN]) == frozenset()
    assert asked_again([event("e", 0)], [ASKING], [KNOWN]) == frozenset()
