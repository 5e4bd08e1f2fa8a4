"""Customers with a matter at the dealership: who buys, writes, has something repaired, complains."""

from datetime import date, timedelta

from year_script import (
    REPAIR_ENTRY,
    SALESPERSON,
    Closing,
    Completion,
    Contact,
    Event,
    Look,
    Record,
    Script,
    at_day,
    datetime,
    day_number,
    put_customer,
    vehicle_fields,
)


def buyer(script: Script, customer: str, turn: int) -> None:
    """Orders, waits longer than promised, gets the vehicle, and is asked how it is."""
    days, vin, order, case = turn * 7 + 2, f"B-{customer}", f"ORD-{customer}", f"purchase-{customer}"
    put_customer(script, customer, days)
    about = {"customer_id": customer, "kind": "vehicle", "vin": vin, "placed_on": day_number(days - 5).isoformat()}
    script.add(
        Event(at_day(days, 12), customer, case, ("offer_presented",), observer=SALESPERSON, step=9, topics=("price",)),
        Record(at_day(days + 4, 11), "orders", order, about | {"status": "ordered"}),
        Record(at_day(days + 25, 11, 15), "orders", order, about | {"status": "in production"}),
        Event(at_day(days + 40, 10, 10), customer, case, ("delivery_date_slipped",), step=10, observer=SALESPERSON),
    )
    if turn % 2 == 0:
        script.add(Event(at_day(days + 40, 16), customer, case, signals=("solution_proposed",), step=10))
    delivered = days + 62
    visit = {"customer_id": customer, "kind": "delivery", "starts_at": at_day(delivered, 15).isoformat()}
    script.add(
        Record(at_day(days + 50, 14), "appointments", f"DEL-{customer}", visit),
        Record(at_day(delivered, 15, 3), "appointments", f"DEL-{customer}", visit | {"status": "arrived"}),
        Event(at_day(delivered, 15, 30), customer, case, ("vehicle_delivery_day",), observer=SALESPERSON, step=11),
        Event(at_day(delivered, 16), customer, case, ("vehicle_delivered",), observer=SALESPERSON, step=11),
        Record(at_day(delivered, 16, 30), "orders", order, about | {"status": "delivered"}),
        Record(
            at_day(delivered, 16, 40),
            "vehicles",
            vin,
            vehicle_fields(customer, purchased_on=day_number(delivered), registered_on=day_number(delivered - 3)),
        ),
    )
    script.add(Look(at_day(delivered, 15, 40), case), Look(at_day(delivered, 17), case))
    if turn % 2 == 0:
        script.add(Event(at_day(delivered, 16, 50), customer, case, signals=("introduction_done",), step=11))
    else:
        script.add(Contact(at_day(delivered, 11, 30, then=1), customer, "feedback_request", case, "email", None))
        script.add(
            Event(at_day(days, 15, then=1), customer, case, ("final_offer_accepted",), step=9, observer=SALESPERSON)
        )
    _serious_problem(script, customer, turn, delivered + 35)


def _serious_problem(script: Script, customer: str, turn: int, days: int) -> None:
    """The new vehicle breaks down; the repair is completed after the problem counts as solved, or before."""
    case = f"serious-{customer}"
    about = {"customer": customer, "case": case, "step": 18, "given": {"vehicle": {"vin": f"B-{customer}"}}}
    script.add(
        Event(at_day(days, 11), occurrences=("serious_vehicle_problem_reported", "repair_order_opened"), **about),
        Completion(at_day(days, 16), case),
        Event(at_day(days, 17 if turn % 2 else 15), signals=("problem_resolved",), **about),
        Closing(at_day(days, 12, then=1), case),
    )


def writer(script: Script, customer: str, turn: int) -> None:
    """Writes by each way there is; half of it is answered in time. Each matter is a case of its own, closed after."""
    days = turn * 6 + 3
    put_customer(script, customer, days)
    ways = (
        {"channel": "message", "topics": ("maintenance",), "step": 16},
        {"channel": "email", "facts": {"visit": {"appointment": True}}, "topics": ("maintenance",), "step": 16},
        {"channel": "email", "topics": ("price",), "step": 9},
        {"channel": "website", "occurrences": ("remote_enquiry_received",), "step": 2},
        {"channel": "telephone", "occurrences": ("service_request_received",), "observer": SALESPERSON, "step": 17},
    )
    for number, way in enumerate(ways):
        case, day = f"writes-{number}-{customer}", days + 10 + 20 * number
        taken_down = {"vehicle": {"plate": "AA-00-BB"}, "intake": {"problem": "noise", "situation": "in bends"}}
        given = taken_down if turn % 2 else {}
        script.add(Event(at_day(day, 17, 30), customer, case, given=given, **way))
        answer = at_day(day, 17, 50) if (number + turn) % 2 else at_day(day, 11, then=1)
        script.add(Contact(answer, customer, "answer", case, "email", None))
        script.add(Look(at_day(day, 18), case), Closing(at_day(day, 12, then=2), case))


def in_repair(script: Script, customer: str, turn: int) -> None:
    """A repair with everything that may happen in one: more work, late parts, days without news."""
    days, vin, case = turn * 5 + 4, f"R-{customer}", f"repair-{customer}"
    put_customer(script, customer, days)
    script.add(Record(at_day(days, 11), "vehicles", vin, vehicle_fields(customer, registered_on=date(2018, 7, 1))))
    visit = visit_workshop(script, customer, vin, booked=days + 6, on=days + 12, number=1, finished=turn % 2 == 0)
    about = {"customer": customer, "case": case, "step": 17}
    asked = at_day(days + 12, 11, then=2)
    script.add(Event(asked, occurrences=("service_appointment_requested",), **about))
    if turn % 2 == 0:
        script.add(Contact(asked + timedelta(hours=2), customer, "estimate", case, "email", None))
    opened = visit + timedelta(minutes=40)
    script.add(
        Event(opened, occurrences=("repair_order_opened",), **about),
        Event(opened + timedelta(hours=1), signals=("additional_work_found",), **about),
        Completion(opened + timedelta(hours=2), case),
        Event(opened + timedelta(hours=3 if turn % 2 else 20), signals=("customer_authorisation_recorded",), **about),
        Event(opened + timedelta(hours=22), signals=("parts_eta_slipped",), **about),
    )
    script.add(Contact(opened + timedelta(hours=23), customer, "update", case))
    script.add(
        Event(at_day(days + 12, 16, then=3), occurrences=("repair_status_changed",), **about),
        Event(at_day(days + 12, 16, then=6), occurrences=("customer_contact_completed",), **about),
        Event(at_day(days + 12, 16, 30, then=6), signals=("service_offer_answered",), **about),
    )
    if turn % 2:
        script.add(Event(at_day(days + 12, 17, then=6), signals=("reason_recorded",), **about))
        put_customer(script, customer, days, vip=True, at=at_day(days + 12, 17, 20, then=6))
    collected = {"customer_id": customer, "vin": vin, "kind": "collection"}
    collection = collected | {"starts_at": at_day(days + 12, 16, then=8).isoformat()}
    script.add(
        Record(at_day(days + 12, 12, then=7), "appointments", f"COL-{customer}", collection),
        Record(at_day(days + 12, 16, 2, then=8), "appointments", f"COL-{customer}", collection | {"status": "done"}),
        Event(at_day(days + 12, 16, 10, then=8), occurrences=("vehicle_returned",), **about),
    )
    if turn % 2:
        script.add(Event(at_day(days + 12, 15, then=7), signals=("invoice_ready",), **about))
        script.add(Event(at_day(days + 12, 16, 20, then=8), signals=("follow_up_scheduled",), **about))
    script.add(
        Look(at_day(days + 12, 16, 30, then=8), case, REPAIR_ENTRY),
        Completion(at_day(days + 12, 17, then=8), case),
        Closing(at_day(days + 12, 12, then=10), case),
    )


def visit_workshop(
    script: Script, customer: str, vin: str, *, booked: int, on: int, number: int, finished: bool = True
) -> datetime:
    """A visit to the workshop: booked, received, finished the same day or only two days later; when it began."""
    identity, starts_at = f"SRV-{number}-{customer}", at_day(on, 10, 30)
    record = {"customer_id": customer, "vin": vin, "kind": "service", "starts_at": starts_at.isoformat()}
    late = 0 if finished else 9
    ended = at_day(on, 17) if finished else at_day(on, 12, then=2)
    script.add(
        Record(at_day(booked, 12), "appointments", identity, record),
        Record(starts_at + timedelta(minutes=4 + late), "appointments", identity, record | {"status": "arrived"}),
        Record(ended, "appointments", identity, record | {"status": "done"}),
    )
    return starts_at


def complainer(script: Script, customer: str, turn: int) -> None:
    """Has a problem in the first months, complains, and is neither congratulated nor invited while that is open."""
    days, vin = turn * 6 + 5, f"P-{customer}"
    birthday, registered = day_number(days + 32), day_number(days + 50).replace(year=2015)
    put_customer(script, customer, days, dates={"birthday": birthday.replace(year=1979).isoformat()})
    script.add(Record(at_day(days, 11), "vehicles", vin, vehicle_fields(customer, registered_on=registered)))
    if turn % 2 == 0:
        script.lazy.add(customer)
    problem, complaint = f"problem-{customer}", f"complaint-{customer}"
    early = {"occurrences": ("early_ownership_problem_reported",), "topics": ("infotainment",), "step": 13}
    after_sales = {"contact": {"first_receiver": "after_sales"}}
    unhappy = {"feedback": {"sentiment": "negative", "about": ["service"]}}
    resolved = at_day(days + 5, 15, then=1 if turn % 2 else 4)
    script.add(
        Event(at_day(days + 5, 11), customer, problem, facts=after_sales, **early),
        Event(resolved, customer, problem, signals=("problem_resolved",), step=13),
        Closing(at_day(days + 5, 15, then=6), problem),
        Event(at_day(days + 30, 11), customer, complaint, facts=unhappy, step=17),
        Contact(at_day(days + 30, 16, then=0 if turn % 2 else 3), customer, "proposal", complaint, "email", None),
    )
    if turn % 2:
        script.add(Closing(at_day(days + 30, 12, then=1), complaint))
