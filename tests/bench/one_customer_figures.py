"""The section of the page that says what one customer's events cost."""

from typing import Final

import page_text
from goals import CONTROL, Goal, ratio_row
from one_customer import AGAIN, COST, MANY, ONE, RATE, RUN, SINGLES_RATE, SPREAD, OneCustomer, figure_of
from sizes import Sizes

_OF_ONE: Final = Goal(most=2)
_OF_MANY_CASES: Final = Goal(most=2)


def write_one_customer(found: OneCustomer, sizes: Sizes) -> str:
    """The section: a run of one customer beside one of many, and many open cases beside one."""
    rounds = found.rounds
    rows = [
        _row(found, RUN, f"{rounds.median(figure_of(RUN, RATE)):.0f}", SPREAD, _OF_ONE),
        _row(found, SPREAD, f"{rounds.median(figure_of(SPREAD, RATE)):.0f}", SPREAD, Goal()),
        _row(found, MANY, "", ONE, _OF_MANY_CASES),
        _row(found, ONE, "", ONE, Goal()),
        _row(found, AGAIN, "", ONE, CONTROL),
    ]
    return page_text.ONE_CUSTOMER.format(
        sizes=sizes,
        rate=SINGLES_RATE,
        foreign=found.foreign,
        table="\n".join(rows),
    )


def _row(found: OneCustomer, what: str, rate: str, beside: str, goal: Goal) -> str:
    rounds, cost = found.rounds, figure_of(what, COST)
    ratio = rounds.ratio(cost, figure_of(beside, COST))
    return ratio_row(f"{what} | {rate} | {rounds.median(cost):.2f} | {beside}", ratio, goal)
