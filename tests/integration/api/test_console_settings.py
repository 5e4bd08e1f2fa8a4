"""The settings pages without script: what stands, what a change would do, stored, refused, typed words kept."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from console_visitor import HERE, Visitor, read_page
from event_posting import DEALER
from fastapi import FastAPI
from settings_forms import PATH, RECORD, change, fields_of, record, send, store
from settings_forms import visitor as visitor

from harness.clocks import MovableClock
from journey_api.console.catalogue import LANGUAGES
from journey_api.console.pages import settings_keys
from journey_api.console.settings.sections import ALL
from journey_api.http.pagination import Page

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.mark.parametrize("part", ALL)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_part_is_a_page_in_every_language(visitor: Visitor, part: str, language: str) -> None:
    answer = await visitor.client.get(f"{PATH}?part={part}&lang={language}")
    assert answer.status_code == 200, answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (answer.text.count("<h1"), answer.text.count("<main")) == (1, 1)
    assert not re.search(r"<[^>]+\sstyle=|<script(?![^>]+src=)|\son[a-z]+=", answer.text)
    page = read_page(answer.text)
    ids = [one.attributes["id"] for one in page.all() if "id" in one.attributes]
    assert len(ids) == len(set(ids))


async def test_a_target_is_shown_then_stored(visitor: Visitor, admin: httpx.AsyncClient) -> None:
    shown = await change(visitor, "targets", **{"sla[T-03]": "PT30M", "sla[T-33]": "2d 16:00"})
    assert "PT30M" in shown.one(id="preview").text
    assert (await record(admin))["sla"] is None
    await store(visitor, shown, "targets")
    assert (await record(admin))["sla"] == {
        "T-03": {"duration": "PT30M"},
        "T-33": {"duration": {"days": 2, "by": "16:00"}},
    }
    again = await visitor.open(f"{PATH}?part=targets")
    assert fields_of(again)["sla[T-33]"] == "2d 16:00"
    shown = await change(visitor, "targets", **{"sla[T-03]": "", "sla[T-33]": ""})
    await store(visitor, shown, "targets")
    assert (await record(admin))["sla"] is None


@pytest.mark.parametrize("rule", ["T-36", "T-37", "T-38", "T-40"])
async def test_what_is_due_on_the_same_day_is_given_another_limit(
    visitor: Visitor, admin: httpx.AsyncClient, rule: str
) -> None:
    field = f"sla[{rule}]"
    page = await visitor.open(f"{PATH}?part=targets")
    assert fields_of(page)[field] == ""
    assert "the same day" in page.text
    shown = await change(visitor, "targets", **{field: "PT4H"})
    assert "PT4H" in shown.one(id="preview").text
    await store(visitor, shown, "targets")
    assert (await record(admin))["sla"] == {rule: {"duration": "PT4H"}}
    await store(visitor, await change(visitor, "targets", **{field: ""}), "targets")
    assert (await record(admin))["sla"] is None
    assert not {"sla[T-42]", "sla[T-44]", "sla[T-47]"} & fields_of(page).keys()


async def test_the_steps_of_a_chain_are_rows(visitor: Visitor, admin: httpx.AsyncClient) -> None:
    for staff_id, name in (("SM-1", "Rui Tavares"), ("SA-1", "Ana Lopes")):
        person = {"name": name, "roles": ["service_advisor"]}
        assert (await admin.put(f"{RECORD}/staff/{staff_id}", json=person)).status_code == 201
    chain = "chains[resolution]"
    typed = {
        f"{chain}[0][after]": "PT15M",
        f"{chain}[0][to]": "staff:SM-1",
        f"{chain}[0][channel_class]": "urgent",
        f"{chain}[0][repeat]": "2",
        f"{chain}[1][after]": "PT1H",
        f"{chain}[1][to]": "role:service_advisor",
    }
    shown = await change(visitor, "chains", **typed)
    said = shown.one(id="preview").text
    assert all(word in said for word in ("PT15M", "Rui Tavares", "short messages first", "Everybody present"))
    assert (await record(admin))["chains"] is None
    await store(visitor, shown, "chains")
    steps = [
        {"after": "PT15M", "to": "staff:SM-1", "channel_class": "urgent", "repeat": 2},
        {"after": "PT1H", "to": "role:service_advisor"},
    ]
    assert (await record(admin))["chains"] == {"resolution": steps}
    again = await visitor.open(f"{PATH}?part=chains")
    assert {name: fields_of(again)[name] for name in typed} == typed
    # a step between: the empty row goes behind it
    emptied = {name: "" for name in typed if f"{chain}[0]" in name}
    shown = await change(visitor, "chains", **emptied)
    await store(visitor, shown, "chains")
    assert (await record(admin))["chains"] == {"resolution": steps[1:]}


async def test_who_has_left_stays_in_a_chain_until_another_is_chosen(
    visitor: Visitor, admin: httpx.AsyncClient
) -> None:
    stored = await record(admin) | {"chains": {"promise": [{"after": "PT1H", "to": "staff:gone"}]}}
    assert (await admin.put(RECORD, json=stored)).status_code == 200
    page = await visitor.open(f"{PATH}?part=chains")
    assert fields_of(page)["chains[promise][0][to]"] == "staff:gone"


async def test_what_was_not_shown_is_shown_before_it_is_stored(visitor: Visitor, admin: httpx.AsyncClient) -> None:
    shown = await change(visitor, "targets", **{"sla[T-03]": "PT30M"})
    other = await send(visitor, shown, "targets", do="store", **{"sla[T-03]": "PT40M"})
    assert "PT40M" in other.one(id="preview").text
    assert (await record(admin))["sla"] is None


@pytest.mark.parametrize(
    ("part", "typed", "field"),
    [
        ("targets", {"sla[T-03]": "soon"}, "sla[T-03]"),
        ("targets", {"sla[T-46]": "PT5000H"}, "sla[T-46]"),
        ("hours", {"calendars[default][week][mon]": "18:00-09:00"}, "calendars[default][week][mon]"),
        ("hours", {"calendars[default][week][tue]": "always"}, "calendars[default][week][tue]"),
        (
            "chains",
            {"chains[resolution][0][after]": "later", "chains[resolution][0][to]": "manager"},
            "chains[resolution][0][after]",
        ),
        ("chains", {"chains[resolution][0][after]": "PT1H"}, "chains[resolution][0][to]"),
        ("chains", {"chains[resolution][0][to]": "owner"}, "chains[resolution][0][after]"),
        ("chains", {"chains[promise][1][after]": "PT1H", "chains[promise][1][to]": "king"}, "chains[promise][0][to]"),
        ("tables", {"tables[inspection][0][severity]": "serious"}, "tables[inspection][0][to_role]"),
        ("quality", {"quality[spontaneous_below]": "1.5"}, "quality[spontaneous_below]"),
        ("quality", {"quality[days]": "1e9"}, "quality[days]"),
        ("times", {"throttle[messages]": "0"}, "throttle[messages]"),
        ("times", {"throttle[per]": "P1D"}, "throttle[per]"),
        ("tables", {"tables[case_idle_days]": "9" * 5_000}, "tables[case_idle_days]"),
        ("tables", {"tables[case_idle_days]": "0"}, "tables[case_idle_days]"),
        ("sender", {"sender[email_from]": "nobody"}, "sender[email_from]"),
        ("times", {"quiet_hours[0][from]": "9", "quiet_hours[0][to]": "08:00"}, "quiet_hours[0][from]"),
        ("times", {"marketing_window[from]": "25:00"}, "marketing_window[from]"),
        ("times", {"patience[whatsapp]": "soon"}, "patience[whatsapp]"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_kept(
    visitor: Visitor, part: str, typed: dict[str, str], field: str
) -> None:
    if part == "targets":
        await visitor.client.put(
            RECORD,
            json={
                "name": "L",
                "time_zone": "Europe/Lisbon",
                "calendars": {"default": {"week": {"mon": [["09:00", "10:00"]]}}},
            },
            headers=HERE,
        )
    page = await change(visitor, part, 422, **typed)
    (wrong,) = [one for one in page.all() if one.attributes.get("aria-invalid") == "true"]
    assert wrong.attributes["name"] == field
    assert typed.get(field, "") in (wrong.attributes.get("value", ""), wrong.text)
    assert page.one(role="alert")


async def test_anothers_change_is_said_kindly_and_what_was_typed_stays(
    visitor: Visitor, admin: httpx.AsyncClient
) -> None:
    shown = await change(visitor, "targets", **{"sla[T-03]": "PT30M"})
    stored = await record(admin)
    answer = await admin.put(RECORD, json={**stored, "name": "Somebody else's"})
    assert answer.status_code == 200
    stale = await send(visitor, shown, "targets", 412, do="store")
    assert "Somebody else" in stale.one(role="alert").text
    assert fields_of(stale)["sla[T-03]"] == "PT30M"
    fresh = await send(visitor, stale, "targets", do="preview")
    await store(visitor, fresh, "targets")
    after = await record(admin)
    assert (after["name"], after["sla"]) == ("Somebody else's", {"T-03": {"duration": "PT30M"}})


async def test_hours_are_stored_at_once_or_for_later(visitor: Visitor, admin: httpx.AsyncClient) -> None:
    monday = {"calendars[default][week][mon]": "09:00-13:00, 14:00–19:00"}
    await store(visitor, await change(visitor, "hours", **monday), "hours")
    week = {"mon": [["09:00", "13:00"], ["14:00", "19:00"]]}
    assert (await record(admin))["calendars"] == {"default": {"week": week}}
    later = {"calendars[default][week][tue]": "10:00-12:00", "calendars[default][effective_from]": "2030-01-01T00:00"}
    await store(visitor, await change(visitor, "hours", **later), "hours")
    after = await record(admin)
    assert after["calendars"] == {"default": {"week": week}}
    assert after["calendars_next"]["default"] == {
        "week": {**week, "tue": [["10:00", "12:00"]]},
        "effective_from": "2030-01-01T00:00:00+00:00",
    }
    assert "2030-01-01 00:00" in (await visitor.open(f"{PATH}?part=hours")).text


async def test_a_calendar_that_never_opens_stays_until_it_gets_hours(
    visitor: Visitor, admin: httpx.AsyncClient
) -> None:
    calendars = {
        "default": {"week": {"mon": [["09:00", "18:00"]]}},
        "sales": {"week": {}},
        "after_sales": {"week": {"mon": []}, "exceptions": {"2026-12-24": [["09:00", "12:00"]]}},
    }
    assert (await admin.put(RECORD, json={**await record(admin), "calendars": calendars})).status_code == 200
    monday = {"calendars[default][week][mon]": "09:00-17:00"}
    await store(visitor, await change(visitor, "hours", **monday), "hours")
    week = {"week": {"mon": [["09:00", "17:00"]]}}
    assert (await record(admin))["calendars"] == {**calendars, "default": week}
    await store(visitor, await change(visitor, "hours", **{"calendars[default][week][mon]": ""}), "hours")
    assert set((await record(admin))["calendars"]) == {"sales", "after_sales"}


async def test_exceptions_and_holidays_of_a_month(visitor: Visitor, admin: httpx.AsyncClient) -> None:
    stored = await record(admin)
    calendar = {"week": {"mon": [["09:00", "18:00"]]}, "exceptions": {"2026-11-02": []}}
    calendar["holidays"] = {"country": "PT", "accepted": ["2025-12-25"]}
    assert (await admin.put(RECORD, json={**stored, "calendars": {"default": calendar}})).status_code == 200
    part = "calendar&month=2026-12"
    page = await visitor.open(f"{PATH}?part={part}")
    typed = {
        "calendars[default][exceptions][2026-12-24]": "09:00-13:00",
        "calendars[default][exceptions][2026-12-31]": "-",
        "calendars[default][holidays][accepted]": ["2026-12-25"],
    }
    shown = await send(visitor, page, part, do="preview", **typed)
    await store(visitor, shown, "calendar")
    after = (await record(admin))["calendars"]["default"]
    assert after["exceptions"] == {"2026-11-02": [], "2026-12-24": [["09:00", "13:00"]], "2026-12-31": []}
    assert after["holidays"] == {"country": "PT", "accepted": ["2025-12-25", "2026-12-25"]}


async def test_staff_with_leave_and_a_substitute(visitor: Visitor, admin: httpx.AsyncClient) -> None:
    await admin.put(f"{RECORD}/staff/S-2", json={"name": "Rui", "roles": ["salesperson"]})
    page = await visitor.open(f"{PATH}?part=staff&new=1")
    typed = {
        "staff_id": "S-1",
        "name": "Ana",
        "salutation": "Dra.",
        "gender": "f",
        "roles": ["sales_manager", "salesperson"],
        "shifts[mon]": "09:00-17:00",
        "leave[0][from]": "2026-12-24",
        "leave[0][to]": "2026-12-31",
        "leave[0][substitute_id]": "S-2",
        "channels[0][kind]": "email",
        "channels[0][address]": "ana@dealer.example",
    }
    shown = await send(visitor, page, "staff", do="preview", **typed)
    await store(visitor, shown, "staff")
    after = await record(admin, "/staff/S-1")
    assert after["leave"] == [{"from": "2026-12-24", "to": "2026-12-31", "substitute_id": "S-2"}]
    assert (after["salutation"], after["gender"]) == ("Dra.", "f")
    assert after["roles"] == ["sales_manager", "salesperson"]
    assert after["shifts"] == {"mon": [["09:00", "17:00"]]}
    listed = await visitor.open(f"{PATH}?part=staff")
    assert "Thu 24 Dec – Thu, 31 Dec 2026" in listed.one(id="staff-S-1").text
    page = await visitor.open(f"{PATH}?part=staff&staff_id=S-1")
    wrong = await send(visitor, page, "staff", 422, do="preview", **{"leave[0][to]": "2026-12-01"})
    (field,) = [one for one in wrong.all("input") if one.attributes.get("aria-invalid") == "true"]
    assert field.attributes["name"] == "leave[0][to]"
    assert (await visitor.open(f"{PATH}?part=staff&staff_id=S-9", 404)).one("h1")


async def test_what_stands_at_a_person_stays_though_the_page_does_not_offer_it(
    visitor: Visitor, admin: httpx.AsyncClient
) -> None:
    person = {"name": "Ana", "roles": ["salesperson", "sales_manager"], "locale": "pt-PT"}
    person |= {"substitute_id": "S-8", "leave": [{"from": "2026-12-24", "to": "2026-12-31", "substitute_id": "S-9"}]}
    for staff_id in ("S-8", "S-9"):
        await admin.put(f"{RECORD}/staff/{staff_id}", json={"name": staff_id, "roles": ["salesperson"]})
    assert (await admin.put(f"{RECORD}/staff/S-1", json=person)).status_code == 201
    page = await visitor.open(f"{PATH}?part=staff&staff_id=S-1")
    roles = [*reversed(person["roles"]), "service_advisor"]
    shown = await send(visitor, page, "staff", do="preview", roles=roles)
    await store(visitor, shown, "staff")
    after = await record(admin, "/staff/S-1")
    assert after["roles"] == ["salesperson", "sales_manager", "service_advisor"]
    assert {name: after[name] for name in person if name != "roles"} == {
        name: value for name, value in person.items() if name != "roles"
    }


@pytest.mark.parametrize(
    ("typed", "pointer"),
    [({"staff_id": "S/1"}, "/staff_id"), ({"staff_id": ""}, "/staff_id"), ({"capacity": "9" * 5_000}, "/capacity")],
)
async def test_a_new_person_the_api_would_refuse_is_refused(
    visitor: Visitor, typed: dict[str, str], pointer: str
) -> None:
    page = await visitor.open(f"{PATH}?part=staff&new=1")
    given = {"staff_id": "S-1", "name": "Ana", "roles": ["salesperson"], **typed}
    refused = await send(visitor, page, "staff", 422, do="preview", **given)
    wrong = [one.attributes["name"] for one in refused.all("input") if one.attributes.get("aria-invalid") == "true"]
    assert pointer in refused.one(role="alert").text or wrong == [pointer[1:]]


async def test_a_person_with_many_leaves_can_be_changed(visitor: Visitor, admin: httpx.AsyncClient) -> None:
    leave = [{"from": f"20{year}-08-01", "to": f"20{year}-08-15"} for year in range(10, 99)]
    person = {"name": "Ana", "roles": ["salesperson"], "leave": leave}
    assert (await admin.put(f"{RECORD}/staff/S-1", json=person)).status_code == 201
    page = await visitor.open(f"{PATH}?part=staff&staff_id=S-1")
    await store(visitor, await send(visitor, page, "staff", do="preview", name="Eva"), "staff")
    after = await record(admin, "/staff/S-1")
    assert (after["name"], len(after["leave"])) == ("Eva", len(leave))


async def test_a_new_person_never_overwrites_another(visitor: Visitor, admin: httpx.AsyncClient) -> None:
    await admin.put(f"{RECORD}/staff/S-2", json={"name": "Rui", "roles": ["salesperson"]})
    page = await visitor.open(f"{PATH}?part=staff&new=1")
    await send(visitor, page, "staff", 409, do="preview", staff_id="S-2", name="Eva", roles=["salesperson"])
    assert (await record(admin, "/staff/S-2"))["name"] == "Rui"


async def test_keys_are_made_shown_once_and_withdrawn(visitor: Visitor, client_of: Callable[..., Any]) -> None:
    answer = await visitor.client.post(
        f"{PATH}?part=keys", data={"do": "make", "name": "Staff app", "scopes": ["tasks:read"]}, headers=HERE
    )
    assert answer.status_code == 200, answer.text
    secret = read_page(answer.text).one(id="made").text
    reader = client_of(secret)
    assert (await reader.get("/v1/me")).json()["scopes"] == ["tasks:read"]
    page = await visitor.open(f"{PATH}?part=keys")
    assert secret not in page.text
    (row,) = [one for one in page.all("tr") if "Staff app" in one.text]
    form = row.one("form")
    key_id = form.one("input").attributes["value"]
    data = {"do": "withdraw", "key_id": key_id}
    assert (await visitor.client.post(f"{PATH}?part=keys", data=data, headers=HERE)).status_code == 303
    assert (await reader.get("/v1/me")).status_code == 401
    data = {"do": "make", "name": "Old", "scopes": ["tasks:read"], "expires_at": "2000-01-01"}
    refused = await visitor.client.post(f"{PATH}?part=keys", data=data, headers=HERE)
    assert refused.status_code == 422
    assert "/expires_at" in read_page(refused.text).one(role="alert").text


async def test_keys_of_other_dealers_push_none_off_the_page(
    visitor: Visitor, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings_keys, "_MOST", Page(limit=2, after=None))
    for name, dealers in (("Theirs", ["porto-01"]), ("Theirs too", ["porto-01"]), ("Ours", [DEALER]), ("All", ["*"])):
        body = {"name": name, "dealers": dealers, "scopes": ["tasks:read"]}
        assert (await admin.post("/v1/keys", json=body)).status_code == 201
    page = await visitor.open(f"{PATH}?part=keys")
    rows = [one for one in page.all("tr") if one.attributes.get("id", "").startswith("key-")]
    assert [one.one("th").text for one in rows] == ["Ours", "All"]


async def test_who_is_no_admin_is_told_which_scope_is_missing(
    key_of: KeyOf, app: FastAPI, admin: httpx.AsyncClient
) -> None:
    reader = await key_of("tasks:read", "ops:read")
    answer = await reader.get(PATH)
    assert answer.status_code == 403
    assert "admin" in read_page(answer.text).one(role="alert").text
    board = await reader.get("/board")
    assert PATH not in board.text
    assert f'href="{PATH}"' in (await admin.get("/journeys")).text


async def test_another_dealers_settings_are_not_there(key_of: KeyOf) -> None:
    stranger = await key_of("admin", dealers=("porto-01",))
    assert (await stranger.get(PATH)).status_code == 404
    assert (await stranger.get(f"{PATH}?part=none")).status_code == 404


async def test_quiet_hours_marketing_and_patience_are_stored_and_taken_back(
    visitor: Visitor, admin: httpx.AsyncClient
) -> None:
    typed = {
        "quiet_hours[0][from]": "21:00",
        "quiet_hours[0][to]": "08:00",
        "quiet_hours[0][days]": ["fri", "sat"],
        "marketing_window[from]": "10:00",
        "patience[sms]": "PT5M",
    }
    shown = await change(visitor, "times", **typed)
    await store(visitor, shown, "times")
    after = await record(admin)
    assert after["quiet_hours"] == [{"from": "21:00", "to": "08:00", "days": ["fri", "sat"]}]
    assert after["marketing_window"] == {"from": "10:00"}
    assert {name: wait for name, wait in after["patience"].items() if wait} == {"sms": "PT5M"}
    cleared = {name: [] if name.endswith("[days]") else "" for name in typed}
    await store(visitor, await change(visitor, "times", **cleared), "times")
    after = await record(admin)
    assert (after["quiet_hours"], after["marketing_window"]) == (None, None)
    assert not any((after["patience"] or {}).values())


def multipart(content: str) -> dict[str, Any]:
    """A form with a file, as a browser sends it."""
    head = 'content-disposition: form-data; name="file"; filename="days.ics"\r\ncontent-type: text/calendar'
    return {
        "content": f"--edge\r\n{head}\r\n\r\n{content}\r\n--edge--\r\n".encode(),
        "headers": HERE | {"content-type": "multipart/form-data; boundary=edge"},
    }


def event(day: str, name: str) -> str:
    """An event of an iCalendar file; `day` has a time of day or none."""
    value = "" if "T" in day else ";VALUE=DATE"
    return f"BEGIN:VEVENT\r\nUID:{name}@example\r\nSUMMARY:{name}\r\nDTSTART{value}:{day}\r\nEND:VEVENT\r\n"


async def test_the_days_of_a_file_are_shown_and_those_accepted_close(
    visitor: Visitor, admin: httpx.AsyncClient, clock: MovableClock
) -> None:
    year = clock().year + 1
    calendar = {"week": {"mon": [["09:00", "18:00"]]}, "holidays": {"accepted": [f"{year}-01-01"]}}
    stored = await record(admin)
    assert (await admin.put(RECORD, json={**stored, "calendars": {"default": calendar}})).status_code == 200
    days = {
        f"{year}0101": "Ano Novo",
        f"{year}0424": "Fecho",
        f"{year}0613": "Santo António",
        f"{year}0701T100000Z": "F",
    }
    file = "".join(event(day, name) for day, name in days.items())
    path = f"{PATH}?part=calendar&calendar=default&month={year}-01"
    answer = await visitor.client.post(
        path, **multipart(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{file}END:VCALENDAR")
    )
    assert answer.status_code == 200, answer.text
    page = read_page(answer.text)
    offered = page.all("input", name="import[accepted]")
    assert [one.attributes["value"] for one in offered] == [f"{year}-04-24", f"{year}-06-13"]
    assert not any("checked" in one.attributes for one in offered)
    assert "Santo António" in page.text
    assert "time of day" in page.one("div", **{"class": "notice"}, role="status").text
    shown = await send(visitor, page, "calendar", do="preview", **{"import[accepted]": [f"{year}-06-13"]})
    assert "Santo António" in shown.one(id="preview").text
    assert (await record(admin))["calendars"]["default"] == calendar
    await store(visitor, shown, "calendar")
    after = (await record(admin))["calendars"]["default"]
    assert after["holidays"]["accepted"] == [f"{year}-01-01", f"{year}-06-13"]


async def test_what_is_no_calendar_is_said_and_changes_nothing(visitor: Visitor, admin: httpx.AsyncClient) -> None:
    calendars = {"default": {"week": {"mon": [["09:00", "18:00"]]}}}
    assert (await admin.put(RECORD, json={**await record(admin), "calendars": calendars})).status_code == 200
    before = await record(admin)
    for content, words in (("", "The file is empty"), ("nothing like it", "not an iCalendar"), ("\x00", "not an")):
        answer = await visitor.client.post(f"{PATH}?part=calendar", **multipart(content))
        assert answer.status_code == 422, answer.text
        said = read_page(answer.text).one(role="alert").text
        assert "iCalendar" in said
        assert words in said
    assert await record(admin) == before
