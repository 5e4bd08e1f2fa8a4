"""What is made of a reading of a dealer is made once, is not another reading's, and goes with it."""

import gc
import weakref
from datetime import UTC, datetime

from shared.people.dealers import DealerRows, once_a_reading, view_dealers

MONDAY, TUESDAY = datetime(2026, 11, 30, 12, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)


def rows(*leave: dict[str, str]) -> DealerRows:
    person = {"roles": ["service_advisor"], "leave": list(leave)}
    return DealerRows("lisboa-01", {"time_zone": "Europe/Lisbon"}, [("S-1", person, None)])


def test_it_is_made_once_of_each_reading() -> None:
    made: list[DealerRows] = []

    @once_a_reading
    def people(reading: DealerRows) -> list[str]:
        made.append(reading)
        return [staff_id for staff_id, _, _ in reading.staff]

    first, second = rows(), rows()
    assert people(first) is people(first)
    assert people(first) is not people(second)
    assert made == [first, second]


def test_it_goes_with_the_reading() -> None:
    class Made:
        pass

    make = once_a_reading(lambda _: Made())
    reading = rows()
    left = weakref.ref(make(reading))
    assert left() is not None
    del reading
    gc.collect()
    assert left() is None


def test_who_is_there_is_asked_anew_each_day() -> None:
    reading = rows({"from": "2026-11-30", "to": "2026-11-30"})
    views = [view_dealers({"lisboa-01": reading}, at)["lisboa-01"] for at in (MONDAY, TUESDAY, MONDAY)]
    assert [view.available["service_advisor"] for view in views] == [0, 1, 0]
    same = view_dealers({"lisboa-01": reading}, MONDAY)["lisboa-01"]
    assert same is views[2]
