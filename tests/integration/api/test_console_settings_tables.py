"""Tables of roles, thresholds of quality, limits and the fate of clocks in the settings: fields of their own."""

from typing import Any

import httpx
import pytest
from console_visitor import Element, Visitor
from settings_forms import PATH, change, fields_of, record, send, store
from settings_forms import visitor as visitor

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]


async def stored(visitor: Visitor, admin: httpx.AsyncClient, part: str, **typed: Any) -> dict[str, Any]:
    """The record after a part was changed, shown and stored."""
    await store(visitor, await change(visitor, part, **typed), part)
    return await record(admin)


def row(at: int, to_role: str = "", severity: str = "", topics: tuple[str, ...] = ()) -> dict[str, Any]:
    """A row of the inspection as the form sends it."""
    name = f"tables[inspection][{at}]"
    return {f"{name}[to_role]": to_role, f"{name}[severity]": severity, f"{name}[topics]": list(topics)}


async def test_who_hears_of_feedback_is_chosen_by_subject(visitor: Visitor, admin: httpx.AsyncClient) -> None:
    chosen = {"tables[feedback][staff]": ["sales_manager", "general_director"], "tables[feedback][product]": ["nobody"]}
    after = await stored(visitor, admin, "tables", **chosen)
    assert after["tables"] == {"feedback": {"staff": ["sales_manager", "general_director"], "product": []}}
    page = await visitor.open(f"{PATH}?part=tables")
    assert fields_of(page)["tables[feedback][product]"] == ["nobody"]
    cleared = await stored(visitor, admin, "tables", **{name: [] for name in chosen})
    assert cleared["tables"] is None


async def test_rows_of_the_inspection_are_added_put_in_order_and_taken_out(
    visitor: Visitor, admin: httpx.AsyncClient
) -> None:
    first = row(0, "service_manager", "serious") | row(1, "product_specialist", "", ("infotainment", "charging"))
    shown = await change(visitor, "tables", **first)
    assert "tables[inspection][3][to_role]" in fields_of(shown)
    more = await send(visitor, shown, "tables", do="preview", **row(3, "workshop_manager"))
    await store(visitor, more, "tables")
    rows = [
        {"to_role": "service_manager", "severity": "serious"},
        {"to_role": "product_specialist", "topics": ["infotainment", "charging"]},
        {"to_role": "workshop_manager"},
    ]
    assert (await record(admin))["tables"] == {"inspection": rows}
    after = await stored(visitor, admin, "tables", **row(0))
    assert after["tables"] == {"inspection": rows[1:]}
    swapped = row(0, "workshop_manager") | row(1, "product_specialist", "", ("infotainment", "charging"))
    after = await stored(visitor, admin, "tables", **swapped)
    assert after["tables"] == {"inspection": [rows[2], rows[1]]}
    after = await stored(visitor, admin, "tables", **row(0), **row(1))
    assert after["tables"] is None


async def test_a_subject_with_a_role_there_is_not_says_so_at_its_boxes(visitor: Visitor) -> None:
    page = await change(visitor, "tables", 422, **{"tables[feedback][staff]": ["janitor"]})
    wrong = {one.attributes["name"] for one in page.all() if one.attributes.get("aria-invalid") == "true"}
    assert wrong == {"tables[feedback][staff]"}


async def test_thresholds_of_quality_are_stored_and_taken_back(visitor: Visitor, admin: httpx.AsyncClient) -> None:
    given = {"quality[spontaneous_below]": "0,75", "quality[days]": "30", "quality[uneven_over]": "2"}
    after = await stored(visitor, admin, "quality", **given)
    kept = {name: value for name, value in after["quality"].items() if value is not None}
    assert kept == {"spontaneous_below": 0.75, "days": 30, "uneven_over": 2}
    assert fields_of(await visitor.open(f"{PATH}?part=quality"))["quality[spontaneous_below]"] == "0.75"
    after = await stored(visitor, admin, "quality", **dict.fromkeys(given, ""))
    assert not any((after["quality"] or {}).values())


async def test_how_many_messages_a_customer_gets_is_stored_and_taken_back(
    visitor: Visitor, admin: httpx.AsyncClient
) -> None:
    given = {"throttle[messages]": "3", "throttle[per]": "PT2H"}
    assert (await stored(visitor, admin, "times", **given))["throttle"] == {"messages": 3, "per": "PT2H"}
    after = await stored(visitor, admin, "times", **dict.fromkeys(given, ""))
    assert not any((after["throttle"] or {}).values())


async def test_what_another_role_makes_of_a_clock_is_chosen_for_clocks_of_cases_only(
    visitor: Visitor, admin: httpx.AsyncClient
) -> None:
    page = await visitor.open(f"{PATH}?part=targets")
    asked = {name for name in fields_of(page) if name.endswith("[on_change]")}
    assert "sla[T-03][on_change]" in asked
    assert not asked & {"sla[T-05][on_change]", "sla[T-46][on_change]", "sla[T-09][on_change]"}
    after = await stored(visitor, admin, "targets", **{"sla[T-03][on_change]": "retroactive"})
    assert after["sla"] == {"T-03": {"on_change": "retroactive"}}
    after = await stored(visitor, admin, "targets", **{"sla[T-03][on_change]": ""})
    assert after["sla"] is None


async def test_a_change_of_the_tables_over_anothers_is_said_and_kept(
    visitor: Visitor, admin: httpx.AsyncClient
) -> None:
    shown: Element = await change(visitor, "tables", **row(0, "service_manager", "serious"))
    assert (await admin.put("/v1/dealers/lisboa-01", json={**await record(admin), "name": "New"})).status_code == 200
    stale = await send(visitor, shown, "tables", 412, do="store")
    assert fields_of(stale)["tables[inspection][0][to_role]"] == "service_manager"
