"""Reference data: upserts, versions, what records may hold, what is masked."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from event_posting import pointers

from harness.names import DELIVERY_DATE_SOLUTION, MESSAGE_ANSWER

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
DEALER = "/v1/dealers/lisboa-01"
WEEK = {"week": {"mon": [["09:00", "13:00"], ["14:00", "19:00"]], "sat": [["10:00", "24:00"]]}}
GOOD: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "staff": ("staff_id", {"name": "Ana", "roles": ["salesperson"]}, {"capacity": 10, "presence": "present"}),
    "customers": ("customer_id", {"name": "Rui"}, {"existing": None, "unreachable": False}),
    "vehicles": ("vin", {"plate": "AA-00-BB"}, {"recalls": [], "customer_id": None}),
    "appointments": (
        "id",
        {"customer_id": "C-1", "kind": "service", "starts_at": "2026-11-24T09:00:00Z"},
        {"status": "booked", "appointment_id": "X-1"},
    ),
    "orders": ("id", {"customer_id": "C-1", "kind": "vehicle"}, {"status": None, "order_id": "X-1"}),
}


@pytest.mark.parametrize("path", GOOD)
async def test_put_again_change_read_and_list(admin: httpx.AsyncClient, path: str) -> None:
    name, record, defaults = GOOD[path]
    if "customer_id" in record:
        await admin.put(f"{DEALER}/customers/C-1", json={})
    address = f"{DEALER}/{path}/X-1"
    assert (await admin.get(address)).status_code == 404
    first = await admin.put(address, json=record)
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    assert {**first.json(), **record, **defaults, name: "X-1", "dealer_id": "lisboa-01", "version": 1} == first.json()
    again = await admin.put(address, json=dict(reversed(record.items())))
    assert (again.status_code, again.json()) == (200, first.json())
    changed = await admin.put(address, json={**record, **_change(path)})
    assert (changed.status_code, changed.json()["version"], changed.headers["etag"]) == (200, 2, '"2"')
    read = await admin.get(address)
    assert (read.json(), read.headers["etag"]) == (changed.json(), '"2"')
    assert (await admin.get(f"{DEALER}/{path}")).json() == {"items": [changed.json()], "next_cursor": None}


def _change(path: str) -> dict[str, Any]:
    return {"vehicles": {"model": "F"}, "orders": {"status": "built"}, "appointments": {"status": "done"}}.get(
        path, {"locale": "pt-PT"}
    )


async def test_if_match(admin: httpx.AsyncClient) -> None:
    address = f"{DEALER}/vehicles/V-1"
    assert (await admin.put(address, json={}, headers={"If-Match": '"1"'})).status_code == 412
    assert (await admin.put(address, json={}, headers={"If-Match": "*"})).status_code == 412
    await admin.put(address, json={})
    for tag, status in (('"2"', 412), ('W/"1"', 412), ("1", 412), ('"7", "1"', 200), ("*", 200)):
        answer = await admin.put(address, json={"model": tag}, headers={"If-Match": tag})
        assert answer.status_code == status


async def test_lists_are_searched_and_paged(admin: httpx.AsyncClient) -> None:
    for number in range(5):
        await admin.put(f"{DEALER}/customers/C-{number}", json={"name": f"Person {number}%"})
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await admin.get(f"{DEALER}/customers?limit=2{cursor}")).json()
        seen += [item["customer_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [f"C-{number}" for number in range(5)]
    for query, found in (("person 3", 1), ("c-", 5), ("4%", 1), ("%", 0), ("_", 0), ("nobody", 0)):
        items = (await admin.get(f"{DEALER}/customers", params={"query": query})).json()["items"]
        assert len(items) == found, query
    for bad in ("limit=0", "limit=201", "limit=x", "cursor=!", "cursor=e30"):
        answer = await admin.get(f"{DEALER}/customers?{bad}")
        assert (answer.status_code, pointers(answer)) == (422, [f"?{bad.partition('=')[0]}"])


@pytest.mark.parametrize(
    ("path", "change", "pointer"),
    [
        ("", {"time_zone": "Lisbon"}, "/time_zone"),
        ("", {"time_zone": ""}, "/time_zone"),
        ("", {"time_zone": None}, "/time_zone"),
        ("", {"name": None}, "/name"),
        ("", {"colour": "red"}, "/colour"),
        ("", {"has_business_development_centre": "yes"}, "/has_business_development_centre"),
        ("", {"group_mailbox": "nobody"}, "/group_mailbox"),
        ("", {"locale": "Portuguese!"}, "/locale"),
        ("", {"calendars": {"night": WEEK}}, "/calendars/night"),
        ("", {"calendars": {"default": {"week": {"mon": [["9", "10:00"]]}}}}, "/calendars/default/week/mon/0/0"),
        ("", {"calendars": {"default": {"week": {}, "exceptions": {"x": []}}}}, "/calendars/default/exceptions/x"),
        ("", {"role_calendar": {"salesperson": "sales"}}, "/role_calendar/salesperson"),
        ("", {"role_calendar": {"boss": "default"}}, "/role_calendar/boss"),
        ("", {"managers": {"salesperson": "boss"}}, "/managers/salesperson"),
        ("", {"chains": {"resolution": [{"after": "PT15M", "to": "god"}]}}, "/chains/resolution/0/to"),
        ("", {"tables": {"first_months_days": "x"}}, "/tables/first_months_days"),
        ("", {"tables": {"feedback": {"vehicle": ["boss"]}}}, "/tables/feedback/vehicle/0"),
        ("", {"sla": {"T-99": {"duration": "PT1H"}}}, "/sla/T-99"),
        ("", {"sla": {MESSAGE_ANSWER: {"duration": "soon"}}}, "/sla/T-03/duration"),
        ("", {"sla": {MESSAGE_ANSWER: {"calendar": "sales"}}}, "/sla/T-03/calendar"),
        ("", {"quiet_hours": [{"days": ["mon"], "from": "10:00", "to": "10:00"}]}, "/quiet_hours/0"),
        ("", {"marketing_window": {"from": "nine"}}, "/marketing_window/from"),
        ("staff", {"roles": ["boss"]}, "/roles/0"),
        ("staff", {"roles": None}, "/roles"),
        ("staff", {"capacity": -1}, "/capacity"),
        ("staff", {"capacity": "10"}, "/capacity"),
        ("staff", {"presence": "asleep"}, "/presence"),
        ("staff", {"shifts": {"mon": [["18:00"]]}}, "/shifts/mon/0"),
        ("staff", {"leave": [{"from": "2026-01-02", "to": "2026-01-01"}]}, "/leave/0/to"),
        ("staff", {"leave": [{"from": "2026-01-02"}]}, "/leave/0/to"),
        ("staff", {"channels": [{"kind": "telephone", "address": "1"}]}, "/channels/0/kind"),
        ("staff", {"channels": [{"kind": "email", "address": "x"}]}, "/channels/0/address"),
        ("staff", {"channels": [{"kind": "webhook", "address": "ftp://x"}]}, "/channels/0/address"),
        ("customers", {"time_zone": "Mars/Olympus"}, "/time_zone"),
        ("customers", {"consent": {"service": 1}}, "/consent/service"),
        ("customers", {"preferences": {"weather": "off"}}, "/preferences/weather"),
        ("customers", {"preferences": {"repair": ["fax"]}}, "/preferences/repair/0"),
        ("customers", {"quiet_hours": [{"days": ["someday"], "from": "1", "to": "2"}]}, "/quiet_hours/0/days/0"),
        ("customers", {"vip": "true"}, "/vip"),
        ("customers", {"dates": {"birthday": "1 May"}}, "/dates/birthday"),
        ("customers", {"attributes": []}, "/attributes"),
        ("vehicles", {"delivered_on": "2026-11-24T00:00:00Z"}, "/delivered_on"),
        ("vehicles", {"recalls": [""]}, "/recalls/0"),
        ("appointments", {"kind": "party"}, "/kind"),
        ("appointments", {"customer_id": None}, "/customer_id"),
        ("appointments", {"starts_at": "2026-11-24T09:00:00"}, "/starts_at"),
        ("appointments", {"starts_at": 1764000000}, "/starts_at"),
        ("appointments", {"ends_at": "2026-11-24T08:00:00Z"}, "/ends_at"),
        ("appointments", {"mobility": "bicycle"}, "/mobility"),
        ("orders", {"kind": None}, "/kind"),
        ("orders", {"placed_on": "2026-11-24T09:00:00Z"}, "/placed_on"),
    ],
)
async def test_records_that_are_refused(
    admin: httpx.AsyncClient, path: str, change: dict[str, Any], pointer: str
) -> None:
    record = GOOD[path][1] if path else {"name": "L", "time_zone": "Europe/Lisbon"}
    body = {name: value for name, value in {**record, **change}.items() if value is not None}
    answer = await admin.put(f"{DEALER}/{path}/X-1" if path else DEALER, json=body)
    assert answer.status_code == 422, answer.text
    assert pointer in pointers(answer)


async def test_everything_a_dealer_may_say(admin: httpx.AsyncClient) -> None:
    record = {
        "name": "Lisboa",
        "time_zone": "Europe/Lisbon",
        "locale": "pt-PT",
        "fallback_locale": "es",
        "calendars": {
            "default": {
                **WEEK,
                "exceptions": {"2026-12-24": [["09:00", "12:00"]], "2026-12-25": []},
                "holidays": {"country": "PT", "subdivision": None, "accepted": ["2026-12-08"]},
            },
            "after_sales": WEEK,
        },
        "role_calendar": {"service_advisor": "after_sales"},
        "has_business_development_centre": True,
        "group_mailbox": "all@example.com",
        "managers": {"salesperson": "general_director"},
        "chains": {"first_response": [{"after": "PT15M", "to": "role:service_manager", "channel_class": "urgent"}]},
        "tables": {"case_idle_days": 7, "feedback": {"price": ["salesperson"]}},
        "sla": {
            MESSAGE_ANSWER: {"duration": "PT30M", "calendar": "none"},
            DELIVERY_DATE_SOLUTION: {"duration": {"days": 2, "by": "16:00"}},
        },
        "quiet_hours": [{"days": ["mon"], "from": "21:00", "to": "08:00"}],
        "marketing_window": {"days": ["mon", "tue"], "from": "09:00", "to": "20:00"},
        "patience": {"sms": "PT5M", "whatsapp": "PT1H"},
        "channels_off": ["post"],
        "topic_roles": {"price": "back_office"},
        "sender": {
            "name": "Lisboa Motors",
            "email_from": "ola@lisboa.example",
            "reply_to": "respostas@lisboa.example",
            "telephone": "+351 211 234 567",
            "website": "https://lisboa.example",
            "address": "Rua Nova 1, Lisboa",
            "sms_from": "+351911111111",
            "whatsapp_phone_id": "1065",
            "footer": {"pt": "Lisboa Motors, Lda."},
        },
        "quality": {
            "days": 60,
            "least_clocks": 10,
            "spontaneous_below": 0.7,
            "uneven_over": 2.5,
            "cultural_from": 0.95,
            "disenchants_over": 0.05,
            "enchants_over": 0.4,
            "enchants_tragic_below": 0.02,
        },
    }
    answer = await admin.put(DEALER, json=record)
    assert answer.status_code == 200, answer.text
    times = {name: answer.json()[name] for name in ("created_at", "updated_at")}
    assert answer.json() == {
        **record,
        **times,
        "dealer_id": "lisboa-01",
        "version": 2,
        "calendars_next": None,
        "throttle": None,
    }
    proposed = (await admin.get(f"{DEALER}/holidays?year=2026")).json()["items"]
    assert {"2026-12-25": False, "2026-12-08": True}.items() <= {
        one["date"]: one["accepted"] for one in proposed
    }.items()
    assert (await admin.get(f"{DEALER}/holidays")).status_code == 422
    assert (await admin.get("/v1/dealers/porto-01/holidays?year=2026")).json()["items"] == []


async def test_ids_that_are_none(admin: httpx.AsyncClient) -> None:
    long = "x" * 129
    for address in (f"/v1/dealers/{long}", "/v1/dealers/a%2Cb", "/v1/dealers/*", f"{DEALER}/vehicles/{long}"):
        body = {} if "vehicles" in address else {"name": "x", "time_zone": "Europe/Lisbon"}
        assert (await admin.put(address, json=body)).status_code == 422
        assert (await admin.get(address)).status_code == 404
    assert (await admin.put(f"{DEALER}/vehicles/a%0Ab", json={})).status_code == 422


async def test_channels_of_staff_are_masked_for_all_but_admins(admin: httpx.AsyncClient, key_of: KeyOf) -> None:
    channels = [{"kind": "email", "address": "ana.silva@example.com"}, {"kind": "sms", "address": "+351910000001"}]
    person = {"name": "Ana", "roles": ["salesperson"], "channels": channels}
    await admin.put(f"{DEALER}/staff/S-1", json=person)
    assert (await admin.get(f"{DEALER}/staff/S-1")).json()["channels"] == channels
    for scopes in (("tasks:read",), ("tasks:read", "tasks:write", "events:write", "ops:read")):
        caller = await key_of(*scopes)
        shown = (await caller.get(f"{DEALER}/staff/S-1")).text + (await caller.get(f"{DEALER}/staff")).text
        assert "silva" not in shown
        assert "91000000" not in shown


@pytest.mark.parametrize(
    ("scopes", "whole"),
    [(("tasks:read",), False), (("tasks:read", "tasks:write"), True), (("events:write",), True), (("admin",), True)],
)
async def test_addresses_of_customers_are_masked_for_who_may_not_write_to_them(
    admin: httpx.AsyncClient, key_of: KeyOf, scopes: tuple[str, ...], whole: bool
) -> None:
    channels = [{"kind": "email", "address": "rui.silva@example.com", "verified": True}]
    await admin.put(f"{DEALER}/customers/C-1", json={"name": "Rui", "channels": channels})
    caller = await key_of(*scopes)
    one = (await caller.get(f"{DEALER}/customers/C-1")).json()
    (same,) = (await caller.get(f"{DEALER}/customers")).json()["items"]
    assert one == same
    assert one["channels"][0]["address"] == ("rui.silva@example.com" if whole else "r***@***.com")


async def test_a_dealers_admin_has_its_own_dealers(admin: httpx.AsyncClient, key_of: KeyOf) -> None:
    lisbon, body = await key_of("admin"), {"name": "L", "time_zone": "Europe/Lisbon"}
    assert (await lisbon.put(DEALER, json=body)).status_code == 200
    assert (await lisbon.put("/v1/dealers/porto-01", json=body)).status_code == 404
    assert (await lisbon.put("/v1/dealers/new-01", json=body)).status_code == 404
    assert [one["dealer_id"] for one in (await lisbon.get("/v1/dealers")).json()["items"]] == ["lisboa-01"]
    assert (await (await key_of("tasks:read")).put(DEALER, json=body)).status_code == 403
    assert (await admin.get("/v1/dealers/porto-01")).json()["name"] == "porto-01"


async def test_a_profile_begun_by_an_event_is_put_over(admin: httpx.AsyncClient, events: Any) -> None:
    await events.send(events.event())
    address = f"{DEALER}/customers/C-1001"
    assert (await admin.put(address, json={})).json()["version"] == 1
    answer = await admin.put(address, json={"vip": True})
    assert (answer.status_code, answer.json()["version"], answer.json()["vip"]) == (200, 2, True)


async def test_writers_that_meet_both_count(admin: httpx.AsyncClient) -> None:
    import asyncio

    address = f"{DEALER}/vehicles/V-1"
    answers = await asyncio.gather(*(admin.put(address, json={"model": f"m{n}"}) for n in range(8)))
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 9))
    assert [answer.status_code for answer in answers].count(201) == 1


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"patience": {"sms": "PT0S"}}, "/patience/sms"),
        ({"patience": {"sms": "PT10X"}}, "/patience/sms"),
        ({"patience": {"whatsapp": "P1D"}}, "/patience/whatsapp"),
        ({"patience": {"whatsapp": "PT25H"}}, "/patience/whatsapp"),
        ({"patience": {"email": "PT1H"}}, "/patience/email"),
        ({"topic_roles": {"subscription": "back_office"}}, "/topic_roles/subscription"),
        ({"topic_roles": {"weather": "back_office"}}, "/topic_roles/weather"),
        ({"topic_roles": {"price": "janitor"}}, "/topic_roles/price"),
        ({"sender": {"email_from": "lisboa"}}, "/sender/email_from"),
        ({"sender": {"reply_to": "a b@x.example"}}, "/sender/reply_to"),
        ({"sender": {"website": "javascript:alert(1)"}}, "/sender/website"),
        ({"sender": {"sms_from": "Lisboa Motors, S.A."}}, "/sender/sms_from"),
        ({"sender": {"whatsapp_phone_id": "+351"}}, "/sender/whatsapp_phone_id"),
        ({"sender": {"footer": {"portuguese!": "x"}}}, "/sender/footer/portuguese!"),
        ({"sender": {"telephone": "call us"}}, "/sender/telephone"),
    ],
)
async def test_what_messages_cannot_come_from_or_go_to_is_refused(
    admin: httpx.AsyncClient, changed: dict[str, Any], pointer: str
) -> None:
    answer = await admin.put(DEALER, json={"name": "L", "time_zone": "Europe/Lisbon", **changed})
    assert answer.status_code == 422
    assert [error["pointer"].partition("/[key]")[0] for error in answer.json()["errors"]] == [pointer]


async def test_what_messages_come_from_is_kept(admin: httpx.AsyncClient) -> None:
    given = {
        "sender": {
            "name": "Lisboa",
            "sms_from": "Lisboa",
            "telephone": "+351 210 000 000",
            "footer": {"pt-PT": "S.A."},
        },
        "patience": {"sms": "PT5M"},
        "topic_roles": {"price": "back_office"},
    }
    await admin.put(DEALER, json={"name": "L", "time_zone": "Europe/Lisbon", **given})
    shown = (await admin.get(DEALER)).json()
    assert {name: shown["sender"][name] for name in given["sender"]} == given["sender"]
    assert (shown["patience"]["sms"], shown["topic_roles"]) == ("PT5M", {"price": "back_office"})


async def test_targets_must_be_kept_by_the_present_hours_and_by_those_that_come(admin: httpx.AsyncClient) -> None:
    """An hour a week is 57 hours in the 400 days that are looked at; a second of ten hours is not enough for 60."""
    hour, day = {"mon": [["09:00", "10:00"]]}, {"mon": [["09:00", "19:00"]]}
    later = "2199-01-01T00:00:00Z"
    record: dict[str, Any] = {"name": "Lisboa", "time_zone": "Europe/Lisbon", "calendars": {"default": {"week": hour}}}
    assert (await admin.put(DEALER, json=record)).status_code in (200, 201)
    record |= {"sla": {"T-03": {"duration": "PT60H"}}}
    for calendar in ({"week": hour}, {"week": day, "effective_from": later}):
        answer = await admin.put(DEALER, json=record | {"calendars": {"default": calendar}})
        assert answer.status_code == 422, answer.text
        assert {error["pointer"] for error in answer.json()["errors"]} == {"/sla/T-03"}
    assert (await admin.put(DEALER, json=record | {"calendars": {"default": {"week": day}}})).status_code == 200
    shrinking = {"default": {"week": hour, "effective_from": later}}
    answer = await admin.put(DEALER, json=record | {"calendars": shrinking})
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/sla/T-03"}
