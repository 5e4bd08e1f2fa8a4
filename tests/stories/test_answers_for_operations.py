"""Operations ask how clocks were kept, by whom and on which day, what was sent and why; as JSON and as files."""

import asyncio
import csv
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from harness.dealership import DEALER
from harness.names import (
    INFOTAINMENT_TO_PRODUCT_SPECIALIST,
    MESSAGE_ANSWER,
    OFFER_CLOCK,
)
from harness.running_services import FAULT, RunningServices
from harness.statement_count import statements
from harness.transports import Form, PostgresForm
from journey_api.feeds.poller import WRITER
from shared.db.engine import Database
from shared.db.schema import sla_timer
from shared.messaging.consumer import Consumer
from shared.messaging.postgres.backlog import Backlog, measure_backlog
from shared.process.shutdown import pause

pytestmark = pytest.mark.database

LISTS = ("tasks", "sla/timers", "sla/summary", "notifications", "events")


async def fault(services: RunningServices, **changes: Any) -> None:
    """A dealer, and an early problem that a customer wrote of."""
    await services.open_dealer()
    await services.add_customer("C-1", name="Ana Valdouro", channels=[EMAIL])
    await services.post_event(**{**FAULT, **changes})


EMAIL = {"kind": "email", "address": "ana@example.pt", "verified": True}


async def summary(services: RunningServices, **query: Any) -> list[dict[str, Any]]:
    """The items of the summary."""
    return list((await services.get("/v1/sla/summary", dealer_id=DEALER, **query))["items"])


async def table(services: RunningServices, path: str, **query: Any) -> list[dict[str, str]]:
    """The rows of a list as a file, by column."""
    answer = await services.client.get(f"/v1/{path}", params=query, headers={"accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert not answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.content.count(b"\r\n") >= 1
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_clocks_are_counted_by_person_entry_and_day(services: RunningServices) -> None:
    await fault(services)
    by_person = {item["key"]: item for item in await summary(services, by="person")}
    assert set(by_person) == {"S-product_specialist", "S-service_advisor"}
    assert by_person["S-service_advisor"]["dealer_id"] == DEALER
    people = await services.get(f"/v1/dealers/{DEALER}/staff/S-service_advisor")
    assert by_person["S-service_advisor"]["name"] == people["name"]
    by_entry = {item["key"]: item for item in await summary(services, by="entry")}
    assert set(by_entry) == {INFOTAINMENT_TO_PRODUCT_SPECIALIST, None}
    assert by_entry[None]["name"] is None
    assert by_entry[INFOTAINMENT_TO_PRODUCT_SPECIALIST]["started"] == 1
    days = [item["key"] for item in await summary(services, by="day")]
    assert days == sorted(days)
    due = {timer["due_at"] for timer in (await services.timers()).values()}
    assert len(due) >= len(days) >= 1


async def test_two_keys_make_a_row_of_each_pair_with_names(services: RunningServices) -> None:
    await fault(services)
    found = {tuple(item["key"]): item for item in await summary(services, by="role,rule")}
    pair = ("service_advisor", MESSAGE_ANSWER)
    assert pair in found
    assert found[pair]["name"] == ["Service Advisor", found[pair]["name"][1]]
    assert found[pair]["name"][1] != MESSAGE_ANSWER
    total = sum(item["started"] for item in await summary(services, by="dealer"))
    assert sum(item["started"] for item in found.values()) == total
    turned = await summary(services, by=["rule", "role"])
    assert {tuple(reversed(item["key"])) for item in turned} == set(found)


@pytest.mark.parametrize("by", ["role,role", "role,rule,day", "weather", ""])
async def test_three_keys_or_one_twice_are_refused(services: RunningServices, by: str) -> None:
    answer = await services.client.get("/v1/sla/summary", params={"by": by})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?by")


async def test_a_date_is_the_dealers_day_and_belongs_to_the_period(services: RunningServices) -> None:
    """`from` begins with its day, `to` ends with it; 12:30 UTC is the next day in Auckland."""
    await services.open_dealer(time_zone="Pacific/Auckland")
    await services.post_event(**FAULT)
    due = {rule: timer["due_at"] for rule, timer in (await services.timers()).items()}
    days = {item["key"] for item in await summary(services, by="day")}
    first, last = min(days), max(days)
    whole = await summary(services, by="rule", **{"from": first, "to": last})
    assert {item["key"] for item in whole} == set(due)
    before = await summary(services, by="rule", to=first)
    after = await summary(services, by="rule", **{"from": first})
    assert {item["key"] for item in after} == set(due)
    assert sum(item["started"] for item in before) < len(due) or first == last
    earlier = (services.clock() - timedelta(days=3)).date().isoformat()
    assert await summary(services, to=earlier) == []


async def test_timers_say_what_their_rule_is_called_in_the_readers_language(services: RunningServices) -> None:
    await fault(services)
    names = []
    for language in ("en", "pt"):
        answer = await services.client.get(
            "/v1/sla/timers", params={"rule": OFFER_CLOCK}, headers={"accept-language": language}
        )
        names.append(answer.json()["items"][0]["name"])
    assert len({*names, OFFER_CLOCK}) == 3


async def test_a_notice_names_its_clock_and_is_found_by_it_and_by_its_time(services: RunningServices) -> None:
    await fault(services)
    before = services.clock()
    await services.advance(minutes=20)
    notices = [one for one in await services.notifications() if one["message"] == "BREACHED"]
    timer_id = (await services.timers())[OFFER_CLOCK]["timer_id"]
    of_offer = {one["notification_id"] for one in notices if one["timer_id"] == timer_id}
    found = await services.get("/v1/notifications", timer_id=timer_id, message="BREACHED")
    assert {one["notification_id"] for one in found["items"]} == of_offer != set()
    assert all(one["words"]["text"] for one in found["items"] if one["attempts"])
    of_case = (await services.get("/v1/notifications", case_id=notices[0]["case_id"]))["items"]
    assert {one["notification_id"] for one in notices} <= {one["notification_id"] for one in of_case}
    recent = await services.get("/v1/notifications", **{"from": (before + timedelta(seconds=1)).isoformat()})
    assert {one["message"] for one in recent["items"]} >= {"BREACHED"}
    assert (await services.get("/v1/notifications", to=before.isoformat()))["items"] != recent["items"]
    assert (await services.get("/v1/notifications", timer_id="none"))["items"] == []


@pytest.mark.parametrize("path", LISTS)
async def test_a_file_holds_every_row_and_field_of_its_list(services: RunningServices, path: str) -> None:
    await fault(services)
    for number in range(2, 5):
        await services.post_event(**{**FAULT, "customer_id": f"C-{number}", "vehicle": {"vin": f"V-{number}"}})
    await services.advance(minutes=20)
    listed = (await services.get(f"/v1/{path}", **({} if path == "sla/summary" else {"limit": 200})))["items"]
    rows = await table(services, path, **({} if path == "sla/summary" else {"limit": 1}))
    assert len(rows) == len(listed) > 1
    for row, item in zip(rows, listed, strict=True):
        for name, value in item.items():
            columns = [one for one in row if one == name or one.startswith(f"{name}.")]
            assert columns, name
            if isinstance(value, str) and columns == [name]:
                assert row[name] == value
        assert row[next(iter(row))] == next(iter(item.values()))


async def test_an_empty_list_is_a_header_alone(services: RunningServices) -> None:
    await services.open_dealer()
    answer = await services.client.get("/v1/sla/timers", params={"format": "csv", "dealer_id": DEALER})
    assert answer.text.startswith("timer_id,dealer_id,")
    assert answer.text.endswith("\r\n")
    assert answer.text.count("\r\n") == 1
    assert answer.headers["content-disposition"] == 'attachment; filename="timers.csv"'


async def test_the_format_of_the_address_wins_over_the_header(services: RunningServices) -> None:
    await services.open_dealer()
    csv_wanted = await services.client.get("/v1/tasks", params={"format": "csv"})
    json_wanted = await services.client.get("/v1/tasks", params={"format": "json"}, headers={"accept": "text/csv"})
    assert csv_wanted.headers["content-type"].startswith("text/csv")
    assert json_wanted.json()["items"] == []
    refused = await services.client.get("/v1/tasks", params={"format": "xml"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "?format")


async def test_two_keys_of_a_summary_are_columns_of_their_own(services: RunningServices) -> None:
    await fault(services)
    rows = await table(services, "sla/summary", by="entry,rule")
    assert {"key.0", "key.1", "name.0", "name.1"} < set(rows[0])
    assert {row["key.0"] for row in rows} == {INFOTAINMENT_TO_PRODUCT_SPECIALIST, ""}


async def test_what_customers_write_is_no_formula_in_a_file(services: RunningServices) -> None:
    await services.open_dealer()
    await services.add_customer("C-1", name="Ana", channels=[{**EMAIL, "kind": "sms", "address": "+351912345678"}])
    await services.post_event(**FAULT)
    rows = await table(services, "notifications", customer_id="C-1")
    assert {row["address"] for row in rows} <= {"", "'+351912345678"}


async def test_a_file_is_read_in_parts_whatever_its_length(services: RunningServices, database: Database) -> None:
    """A thousand rows are five reads of a cursor, no statement of their own."""
    await fault(services)
    own = {"timer_id": text("'many-' || n"), "subject_id": text("'case-' || n")}
    columns = [own.get(column.name, column) for column in sla_timer.c]
    many = select(*columns).where(sla_timer.c.rule == MESSAGE_ANSWER).select_from(sla_timer, _THOUSAND)
    async with services.database.transaction() as connection:
        await connection.execute(insert(sla_timer).from_select([column.name for column in sla_timer.c], many))
    with statements(database) as sent:
        rows = await table(services, "sla/timers", rule=MESSAGE_ANSWER)
    assert len(rows) == 1_001
    assert sum("FROM sla_timer" in one for one in sent) == 1


_THOUSAND = text("generate_series(1, 1000) n")


async def test_readers_that_keep_up_have_nothing_before_them(services: RunningServices, transport: Form) -> None:
    """The feed reads the outbox whatever the transport is; who reads from Kafka has no place in it."""
    await fault(services)
    for consumer in services.loops.consumers if isinstance(transport, PostgresForm) else (WRITER,):
        async with asyncio.timeout(30):
            while await backlog(services, consumer) != Backlog(0, None):
                await pause(asyncio.Event(), timedelta(milliseconds=50))
    unknown = replace(WRITER, name="nobody")
    behind = await backlog(services, unknown)
    assert behind.count > 0
    assert behind.oldest is not None
    assert behind.age(behind.oldest + timedelta(seconds=7)) == 7


async def backlog(services: RunningServices, consumer: Consumer) -> Backlog:
    """What a consumer has before it."""
    async with services.database.transaction() as connection:
        return await measure_backlog(connection, consumer.name, consumer.topics, consumer.types or ())
