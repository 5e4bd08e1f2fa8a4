"""Operations, the wall and messages in a browser: live, without script, for everybody, looked at in both themes."""

import json
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from dealership import Dealership
from launched_stack import until
from playwright.sync_api import Page, expect
from visits import SignedIn

SCOPES = ("admin",)
SOLUTION = "T-27"


def busy_shop(shop: Dealership) -> None:
    """Some tasks: one overdue from the start, some due, one answered."""
    shop.change_dealer(
        sla={SOLUTION: {"duration": "PT1S"}},
        calendars={"default": {"week": {day: [["00:00", "24:00"]] for day in DAYS}}},
    )
    shop.report_problem("Sra. Serralva")
    shop.report_problem("Sr. Caldeirão")
    shop.change_dealer(sla={SOLUTION: {"duration": "PT50M"}})
    for name in ("Sra. Valdouro", "Sr. Montalvim", "Sra. Ameixial"):
        shop.report_problem(name)
    taken = shop.report_problem("Sr. Aldeagrande")
    shop.give(taken, "PS-1", accepted=True)
    until(lambda: len(shop.late()) >= 2, 30)


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def operations(sign_in: SignedIn, path: str, **more: object) -> Page:
    """A browser of operations on a page."""
    return sign_in(None, path, scopes=SCOPES, **more)


def test_a_new_clock_comes_in_without_a_reload(shop: Dealership, sign_in: SignedIn) -> None:
    page = operations(sign_in, f"/operations?dealer_id={shop.dealer_id}")
    expect(page.locator("#live:not([data-state])")).to_be_attached()
    expect(page.locator("#late .empty")).to_be_visible()
    page.evaluate("window.here = true")
    shop.change_dealer(sla={SOLUTION: {"duration": "PT1S"}})
    shop.report_problem()
    expect(page.locator("#late tr[id^=timer-]")).not_to_have_count(0, timeout=30_000)
    expect(page.locator("#statement")).to_contain_text("breached")
    assert page.evaluate("window.here")


@pytest.mark.parametrize("path", ["/operations", "/operations/wall"])
def test_clocks_count_by_the_servers_time_whatever_the_browser_believes(
    shop: Dealership, sign_in: SignedIn, path: str
) -> None:
    shop.change_dealer(sla={SOLUTION: {"duration": "PT1S"}})
    shop.report_problem()
    until(lambda: shop.late(), 30)
    page = operations(sign_in, "/sign-out")
    page.add_init_script("const real = Date.now; Date.now = () => real() + 172800000;")
    page.goto(f"{path}?dealer_id={shop.dealer_id}")
    expect(page.locator("html.scripted")).to_be_attached()
    clock = page.locator("#late handoff-countdown[state=breached]").first
    expect(clock).to_contain_text("min over")
    expect(page.locator("#due")).not_to_contain_text("day")


def test_filters_send_themselves_and_stay_in_the_address(shop: Dealership, sign_in: SignedIn) -> None:
    page = operations(sign_in, f"/operations?dealer_id={shop.dealer_id}")
    page.select_option("#target", "acceptance")
    page.wait_for_url("**target=acceptance**")
    expect(page.locator("#target")).to_have_value("acceptance")


def many_days(shop: Dealership) -> None:
    """Clocks overdue on each of eight days."""
    always = {day: [["00:00", "24:00"]] for day in DAYS}
    shop.change_dealer(sla={SOLUTION: {"duration": "PT1S"}}, calendars={"default": {"week": always}})
    for days_ago in range(1, 9):
        shop.report_problem(days_ago=days_ago)
    until(lambda: len(shop.late()) >= 8, 30)


def test_a_period_is_chosen_by_drawing_over_its_days(shop: Dealership, sign_in: SignedIn) -> None:
    many_days(shop)
    page = operations(sign_in, f"/operations?dealer_id={shop.dealer_id}")
    page.locator("handoff-series").scroll_into_view_if_needed()
    expect(page.get_by_role("img", name="day by day")).to_be_visible()
    days = page.locator("handoff-series tr[data-day]").evaluate_all("rows => rows.map((row) => row.dataset.day).sort()")
    plot = page.locator(".series-plot .u-over").bounding_box()
    assert plot is not None

    def x(place: int) -> float:
        """Where a day is: each has as much room, those without clocks too."""
        span = (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days
        at = (date.fromisoformat(days[place]) - date.fromisoformat(days[0])).days
        return plot["x"] + plot["width"] * (at + 0.5) / (span + 1)

    page.mouse.move(x(2), plot["y"] + 40)
    day = page.locator(f"handoff-series tr[data-day='{days[2]}'] th a").text_content()
    expect(page.locator(".series-reading")).to_contain_text(str(day))
    page.mouse.down()
    page.mouse.move(x(5), plot["y"] + 40, steps=4)
    page.mouse.up()
    page.wait_for_url(f"**from={days[2]}&to={days[5]}**")
    expect(page.locator("#from")).to_have_value(days[2])


def test_pages_read_and_filter_without_script(shop: Dealership, sign_in: SignedIn) -> None:
    shop.report_problem()
    page = operations(sign_in, f"/operations?dealer_id={shop.dealer_id}", script=False)
    page.select_option("#target", "acceptance")
    page.locator("form:has(#target) button").click()
    page.wait_for_url("**target=acceptance**")
    expect(page.locator("#due tr[id^=timer-]")).not_to_have_count(0)
    page.goto(f"/messages?dealer_id={shop.dealer_id}")
    expect(page.locator("h1")).to_have_text("Messages")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(shop: Dealership, sign_in: SignedIn, theme: str, width: int) -> None:
    busy_shop(shop)
    here = f"dealer_id={shop.dealer_id}"
    page = operations(sign_in, "", width=width, theme=theme)
    for name, path in (
        ("messages", f"/messages?{here}"),
        ("wall", f"/operations/wall?{here}"),
        ("operations", f"/operations?{here}"),
    ):
        page.goto(path)
        for details in page.locator("main summary").all()[:1]:
            details.click()
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], json.dumps(found)[:2000]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_the_days(shop: Dealership, sign_in: SignedIn, theme: str, width: int) -> None:
    many_days(shop)
    page = operations(sign_in, f"/operations?dealer_id={shop.dealer_id}", width=width, theme=theme)
    page.locator("handoff-series summary").click()
    expect(page.locator(".series-plot canvas")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    task, clock = (page.locator(f"#late tbody tr {cell}").first.bounding_box() for cell in ("th", "td"))
    assert task is not None
    assert clock is not None
    assert task["width"] > clock["width"] * 0.9


def test_the_wall_ends_where_its_screen_does(shop: Dealership, sign_in: SignedIn) -> None:
    shop.change_dealer(sla={SOLUTION: {"duration": "PT50M"}})
    for number in range(7):
        shop.report_problem(f"Sra. Número {number}")
    page = operations(sign_in, f"/operations/wall?dealer_id={shop.dealer_id}")
    total = int(page.locator("#due .wall-more").get_attribute("data-total") or 0)
    shown = []
    for width, height in ((1366, 768), (1440, 900), (1920, 1080), (3840, 2160), (1440, 480)):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), (width, height)
        rows = page.locator("#due .wall-rows > li:visible")
        shown.append(rows.count())
        more = page.locator("#due .wall-more")
        last = more if shown[-1] < total else rows.last
        bottom = last.evaluate("(one) => one.getBoundingClientRect().bottom")
        assert bottom <= height, (width, height)
        if shown[-1] < total:
            expect(more).to_have_text(f"{total - shown[-1]} more")
    assert 1 <= shown[-1] < shown[1], shown


def test_the_browser_goes_on_with_the_business_days_that_the_server_counted(
    shop: Dealership, sign_in: SignedIn
) -> None:
    week = {day: [["00:00", "24:00"]] for day in DAYS}
    shop.change_dealer(
        sla={SOLUTION: {"duration": "PT60H"}},
        calendars={"default": {"week": week, "exceptions": {"2030-12-24": []}}},
    )
    task = shop.report_problem()
    page = sign_in("PS-1", f"/tasks/{task['task_id']}")
    clock = page.locator("handoff-countdown[data-days]").first
    expect(clock.locator(".left")).to_have_text("2 business days")
    page.evaluate("new Promise((done) => setTimeout(done, 2000))")
    expect(clock.locator(".left")).to_have_text("2 business days")
    expect(page.locator("footer.foot")).to_contain_text("Time left is open time")
