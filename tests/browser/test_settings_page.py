"""The settings in a browser: a change shown with the clocks it would move, stored, moved; for everybody."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from dealership import Dealership
from playwright.sync_api import Page, expect
from visits import Complaints, SignedIn

from journey_api.console.settings.sections import ALL

WEEK = {day: [["09:00", "13:00"], ["14:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
AsAdmin = Callable[..., Page]


@pytest.fixture
def as_admin(shop: Dealership, sign_in: SignedIn) -> AsAdmin:
    """Opens a part of the settings in a browser of its own, signed in as an admin of the dealership."""

    def opened(part: str, **more: object) -> Page:
        page = sign_in("SM-1", "/sign-in", **more)
        page.fill("#key", shop.admin_key())
        page.click("form:has(#key) button")
        page.goto(f"/settings/{shop.dealer_id}?part={part}")
        return page

    return opened


def test_what_is_clicked_twice_is_stored_once(shop: Dealership, as_admin: AsAdmin) -> None:
    page = as_admin("targets")
    page.fill('[name="sla[T-46]"]', "PT40M")
    page.click('button[value="preview"]')
    expect(page.locator("#preview .changes")).to_contain_text("PT40M")
    page.evaluate("addEventListener('submit', (event) => console.log('held back', event.defaultPrevented))")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.locator('button[value="store"]').evaluate("button => { button.click(); button.click(); }")
    expect(page.locator(".notice[role=status]")).to_be_visible()
    assert said == ["held back false", "held back true"]
    assert shop.record()["sla"] == {"T-46": {"duration": "PT40M"}}


def test_a_shorter_target_is_shown_with_its_clocks_stored_and_then_moved(shop: Dealership, as_admin: AsAdmin) -> None:
    task = shop.report_problem()
    (clock,) = [one for one in task["timers"] if one["rule"] == "T-46"]
    page = as_admin("targets")
    page.fill('[name="sla[T-46]"]', "PT40M")
    page.click('button[value="preview"]')
    row = page.locator(f"#timer-{clock['timer_id']}")
    expect(row).to_be_visible()
    expect(page.locator("#preview .changes")).to_contain_text("PT40M")
    assert shop.record()["sla"] is None
    page.click('button[value="store"]')
    expect(page.locator(".notice[role=status]")).to_be_visible()
    assert shop.record()["sla"] == {"T-46": {"duration": "PT40M"}}
    page.click('nav a[href$="part=clocks"]')
    expect(row).to_be_visible()
    page.click('button[value="move"]')
    expect(page.locator(".empty")).to_be_visible()
    after = next(one for one in shop.task(task["task_id"])["timers"] if one["timer_id"] == clock["timer_id"])
    assert after["due_at"] != clock["due_at"]


def test_anothers_change_is_said_and_what_was_typed_stays(
    shop: Dealership, as_admin: AsAdmin, complaints: Complaints
) -> None:
    complaints.expect("412")
    page = as_admin("sender")
    page.fill('[name="sender[name]"]', "Avenida, after sales")
    shop.change(group_mailbox="all@avenida.example")
    page.click('button[value="preview"]')
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator('[name="sender[name]"]')).to_have_value("Avenida, after sales")
    page.click('button[value="preview"]')
    page.click('button[value="store"]')
    expect(page.locator(".notice[role=status]")).to_be_visible()
    record = shop.record()
    assert record["sender"]["name"] == "Avenida, after sales"
    assert record["group_mailbox"] == "all@avenida.example"


def test_a_day_is_closed_on_the_calendar_without_script(shop: Dealership, as_admin: AsAdmin) -> None:
    shop.change(calendars={"default": {"week": WEEK}})
    page = as_admin("calendar&month=2030-12", script=False)
    page.fill('[name="calendars[default][exceptions][2030-12-24]"]', "-")
    page.click('button[value="preview"]')
    page.click('button[value="store"]')
    assert shop.record()["calendars"]["default"]["exceptions"] == {"2030-12-24": []}


def test_rows_of_a_table_are_added_moved_up_and_taken_out(shop: Dealership, as_admin: AsAdmin) -> None:
    page = as_admin("tables")
    rows = page.locator(".settings-row:visible")
    for role in ("service_manager", "workshop_manager", "product_specialist"):
        page.click(".settings-add")
        rows.last.locator("select").first.select_option(role)
    rows.last.locator("summary").click()
    rows.last.get_by_label("Charging").check()
    rows.nth(2).get_by_role("button", name="Move up").click()
    rows.nth(2).get_by_role("button", name="Remove").click()
    expect(rows).to_have_count(2)
    expect(rows.nth(1).get_by_text("Row 2, who gets it")).to_be_visible()
    page.click('button[value="preview"]')
    expect(page.locator("#preview .changes")).to_contain_text("Product Specialist")
    page.click('button[value="store"]')
    expect(page.locator(".notice[role=status]")).to_be_visible()
    assert shop.record()["tables"]["inspection"] == [
        {"to_role": "service_manager"},
        {"to_role": "product_specialist", "topics": ["charging"]},
    ]


def test_steps_of_a_chain_are_set_by_keyboard(shop: Dealership, as_admin: AsAdmin) -> None:
    page = as_admin("chains")
    promise = page.locator(".settings-section", has=page.get_by_role("heading", name="Promise"))
    rows = promise.locator(".settings-row:visible")
    steps = (("PT30M", "Rui Tavares"), ("PT1H", "Everybody present: Sales Manager"))
    for number, (after, receiver) in enumerate(steps, start=1):
        promise.locator(".settings-add").press("Enter")
        expect(rows.last.get_by_label(f"Step {number}, after")).to_be_focused()
        page.keyboard.type(after)
        page.keyboard.press("Tab")
        rows.last.locator("select").first.select_option(receiver)
    rows.last.get_by_role("button", name="Move up").press("Enter")
    expect(rows.first.get_by_label("Step 1, after")).to_have_value("PT1H")
    page.locator('button[value="preview"]').press("Enter")
    expect(page.locator("#preview .changes")).to_contain_text("Rui Tavares")
    page.locator('button[value="store"]').press("Enter")
    expect(page.locator(".notice[role=status]")).to_be_visible()
    stored = [{"after": "PT1H", "to": "role:sales_manager"}, {"after": "PT30M", "to": "staff:SM-1"}]
    assert shop.record()["chains"] == {"promise": stored}


def test_who_is_no_admin_reads_which_scope_is_missing(
    shop: Dealership, sign_in: SignedIn, complaints: Complaints
) -> None:
    complaints.expect("403")
    page = sign_in("PS-1", f"/settings/{shop.dealer_id}")
    expect(page.locator("[role=alert]")).to_contain_text("admin")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_everybody_can_use_every_part(shop: Dealership, as_admin: AsAdmin, theme: str, width: int) -> None:
    shop.change(calendars={"default": {"week": WEEK, "holidays": {"country": "PT", "accepted": []}}})
    shop.report_problem()
    page = as_admin(ALL[0], theme=theme, width=width)
    for part in (*ALL, "staff&staff_id=PS-1", "staff&new=1"):
        page.goto(f"/settings/{shop.dealer_id}?part={part}")
        check(page, part)
    page.goto(f"/settings/{shop.dealer_id}?part=targets")
    page.fill('[name="sla[T-46]"]', "PT40M")
    page.click('button[value="preview"]')
    check(page, "preview")


def check(page: Page, name: str) -> None:
    """Nothing for axe to find, nothing wider than the window."""
    found = Axe().run(page).response["violations"]
    assert found == [], [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), name
