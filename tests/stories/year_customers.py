"""The customers of the year: eight kinds, in turn, and what belongs to none of them."""

from datetime import date, timedelta
from typing import Any

from year_matters import buyer, complainer, in_repair, visit_workshop, writer
from year_script import DAY, Contact, Event, Record, Script, at_day, day_number, put_customer, vehicle_fields


def written(customers: int) -> Script:
    """The year of so many customers: kind follows kind, and each round of kinds lives some days later."""
    script = Script()
    kinds = (in_warranty, out_of_warranty, buyer, writer, in_repair, complainer, celebrant, recalled)
    for number in range(customers):
        kind, turn = number % len(kinds), number // len(kinds)
        kinds[kind](script, f"C-{number}", turn)
    of_the_dealer(script)
    return script


def in_warranty(script: Script, customer: str, turn: int) -> None:
    """Serviced each year; every second one talks to the dealer before, every third books in good time."""
    days, vin = turn * 9, f"W-{customer}"
    put_customer(script, customer, days)
    dates = {"registered_on": date(2024, 2, 29) + turn * 13 * DAY, "warranty_until": date(2029, 2, 28)}
    next_service, visited = day_number(days + 120), day_number(days + 130)
    script.add(
        Record(at_day(days, 11), "vehicles", vin, vehicle_fields(customer, **dates, next_service_on=next_service)),
        Record(
            at_day(days + 130, 15),
            "vehicles",
            vin,
            vehicle_fields(customer, **dates, last_visit_on=visited, next_service_on=visited + 200 * DAY),
        ),
    )
    if turn % 2:
        script.add(Contact(at_day(days + 75, 15, 20), customer, "update"))
    if turn % 3 == 0:
        visit_workshop(script, customer, vin, booked=days + 80, on=days + 125, number=1)


def out_of_warranty(script: Script, customer: str, turn: int) -> None:
    """Comes when it must: half a year after the visit one is asked; every second one has called by then."""
    days, vin = turn * 8 + 1, f"O-{customer}"
    put_customer(script, customer, days)
    dates = {"registered_on": date(2019, 5, 31) + turn * 17 * DAY, "warranty_until": date(2024, 5, 31)}
    visited = day_number(days) - (150 + turn * 10) * DAY
    script.add(Record(at_day(days, 11), "vehicles", vin, vehicle_fields(customer, **dates, last_visit_on=visited)))
    script.add(Contact(at_day(days + 200, 12), customer, "feedback_request", channel="email", outcome=None))
    if turn % 2:
        script.add(Event(at_day(days + 10, 11, 40), customer, None, ("repair_completed",), channel="store", step=17))


def celebrant(script: Script, customer: str, turn: int) -> None:
    """Has a birthday, on a leap day too, and an anniversary; some without an address, some without consent."""
    days = turn * 4 + 6
    dates = {"birthday": "1984-02-29" if turn % 2 == 0 else date(1990, 7, 3 + turn).isoformat()}
    dates["purchase_anniversary"] = date(2021, 4, 10 + turn).isoformat()
    fields: dict[str, Any] = {"dates": dates}
    if turn % 3 == 1:
        fields["channels"] = []
    if turn % 3 == 2:
        fields["consent"] = {"service": True, "marketing": False}
    put_customer(script, customer, days, **fields)
    meeting = {"customer_id": customer, "kind": "test_drive", "starts_at": at_day(days + 40, 11).isoformat()}
    script.add(
        Record(at_day(days + 20, 10), "appointments", f"TST-{customer}", meeting),
        Record(at_day(days + 40, 11, 2), "appointments", f"TST-{customer}", meeting | {"status": "started"}),
    )
    if turn % 2:
        script.add(Contact(at_day(days + 90, 15), customer, "courtesy"))


def recalled(script: Script, customer: str, turn: int) -> None:
    """A recall is added, by day or at night; who has booked is not told. Every second one wants no marketing."""
    days, vin = turn * 5 + 7, f"X-{customer}"
    put_customer(script, customer, days, consent={"service": True, "marketing": turn % 2 == 1})
    dates = {"registered_on": date(2022, 8, 15) + turn * 11 * DAY, "warranty_until": date(2027, 8, 15)}
    if turn % 3 == 1:
        visit_workshop(script, customer, vin, booked=days + 20, on=days + 45, number=2)
    hour = 11 if turn % 2 == 0 else 21
    script.add(
        Record(at_day(days, 11), "vehicles", vin, vehicle_fields(customer, **dates)),
        Record(at_day(days + 30, hour, 5), "vehicles", vin, vehicle_fields(customer, **dates, recalls=["R-7"])),
    )


def of_the_dealer(script: Script) -> None:
    """What belongs to no customer: a season, a campaign, the telephone."""
    script.add(
        Event(at_day(100, 11), None, signals=("season_started",)),
        Event(at_day(120, 16), None, signals=("campaign_sent",)),
        Event(at_day(30, 9, 30), None, signals=("phone_ringing",), channel="telephone"),
        Event(at_day(30, 9, 30) + timedelta(seconds=12), None, signals=("phone_answered",), channel="telephone"),
        Event(at_day(31, 9, 30), None, signals=("phone_ringing",), channel="telephone"),
        Event(at_day(31, 9, 30) + timedelta(seconds=20), None, signals=("phone_answered",), channel="telephone"),
    )
