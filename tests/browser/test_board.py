"""The board in a browser: live, acted on by mouse and by keys, undone, refused, kept, without script, for everybody."""

import json
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from dealership import Dealership
from launched_stack import until
from playwright.sync_api import Page, expect
from severed_line import Line
from visits import Complaints, SignedIn

A_FEW_FRAMES = "new Promise((seen) => requestAnimationFrame(() => setTimeout(seen, 200)))"


def row(page: Page, task_id: str) -> str:
    return f"#task-{task_id}"


def test_an_offer_taken_in_one_browser_leaves_the_other(shop: Dealership, sign_in: SignedIn) -> None:
    for staff_id in ("PS-1", "PS-2"):
        shop.change_person(staff_id, capacity=0)
    task = shop.report_problem()
    assert task["offered_to"] is None
    one, other = sign_in("PS-1", shop.board), sign_in("PS-2", shop.board)
    at = row(one, task["task_id"])
    expect(other.locator(f"#queue {at}")).to_be_visible()
    one.locator(f"#queue {at} form[data-action=accept] button").click()
    expect(other.locator(at)).to_have_count(0, timeout=3_000)
    expect(one.locator(f"#mine {at}")).to_be_visible()
    assert shop.task(task["task_id"])["assignee_id"] == "PS-1"


def test_a_new_offer_comes_in_at_the_top_with_a_word(shop: Dealership, sign_in: SignedIn) -> None:
    shop.give(shop.report_problem(), "PS-1")
    page = sign_in("PS-1", shop.board)
    fresh = shop.report_problem("Sr. Montalvim")
    shop.give(fresh, "PS-1")
    first = page.locator("#offers .task").first
    expect(first).to_have_id(f"task-{fresh['task_id']}")
    expect(page.locator("#offers .count")).to_have_text("2")
    expect(page.locator("#status")).to_contain_text("New offer")


def test_a_task_is_accepted_put_off_resumed_and_completed(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1")
    page = sign_in("PS-1", shop.board)
    at = row(page, task["task_id"])
    page.locator(f"#offers {at} form[data-action=accept] button").click()
    expect(page.locator(f"#mine {at}")).to_be_visible()
    page.locator("#panel #do-wait summary").click()
    page.locator("#panel #do-wait [value=parts]").check()
    page.locator("#panel #do-wait form button").click()
    expect(page.locator(f"#waiting {at}")).to_be_visible()
    page.locator(f"#waiting {at} form[data-action=resume] button").click()
    expect(page.locator(f"#mine {at}")).to_be_visible()
    page.locator("#panel #do-complete summary").click()
    page.locator("#panel #do-complete [value=customer_answered]").check()
    page.locator("#panel #do-complete form button").click()
    expect(page.locator(f"#completed {at}")).to_be_visible()
    assert shop.task(task["task_id"])["status"] == "completed"


def test_declining_can_be_undone_for_eight_seconds(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1")
    page = sign_in("PS-1")
    page.clock.install()
    page.goto(shop.board)
    at = row(page, task["task_id"])

    def decline() -> None:
        page.locator("#panel #do-decline summary").click()
        page.locator("#panel #do-decline [value=busy]").check()
        page.locator("#panel #do-decline form button").click()
        expect(page.locator(at)).to_be_hidden()

    decline()
    page.locator(".toast button").click()
    expect(page.locator(f"#offers {at}")).to_be_visible()
    page.clock.fast_forward(9_000)
    assert shop.task(task["task_id"])["offered_to"] == "PS-1"
    decline()
    page.clock.fast_forward(9_000)
    until(lambda: shop.task(task["task_id"])["offered_to"] == "PS-2", 15)


def test_the_sentence_at_the_head_follows_what_happens(shop: Dealership, sign_in: SignedIn) -> None:
    one, another = shop.report_problem(), shop.report_problem("Sr. Montalvim")
    for task in (one, another):
        shop.give(task, "PS-1")
    page = sign_in("PS-1")
    page.clock.install()
    page.goto(shop.board)
    lede, others = page.locator("#lede"), page.locator("#others")
    expect(lede).to_have_text("2 offers.")
    page.locator(f"{row(page, one['task_id'])} form[data-action=accept] button").click()
    expect(lede).to_have_text("1 offer and 1 task in your hands.")
    page.mouse.move(0, 0)
    shop.act(another["task_id"], "reassign", "SM-1", to_staff_id="PS-2")
    expect(lede).to_have_text("1 task in your hands.")
    expect(others).to_have_text("1 more task of this role is with others.")
    page.locator(f"{row(page, one['task_id'])} [data-do=complete]").click()
    page.locator("#panel #do-complete form button").click()
    expect(lede).to_have_text("Nothing waits for you.")
    page.locator(".toast button").click()
    expect(lede).to_have_text("1 task in your hands.")


def test_a_click_ends_where_it_began(shop: Dealership, sign_in: SignedIn) -> None:
    """The row above, kept while it had the focus, leaves when the press takes the focus, and not before the release."""
    one, another = shop.report_problem(), shop.report_problem("Sr. Montalvim")
    shop.give(one, "PS-1", accepted=True)
    shop.give(another, "PS-1")
    page = sign_in("PS-1", shop.board)
    above = page.locator(row(page, another["task_id"]))
    link = page.locator(f"{row(page, one['task_id'])} [data-do=complete]")
    above.locator("h3 a").focus()
    shop.act(another["task_id"], "reassign", "SM-1", to_staff_id="PS-2")
    expect(page.locator("#lede")).to_have_text("1 task in your hands.")
    expect(above).to_be_visible()
    link.hover()
    page.mouse.down()
    page.evaluate(A_FEW_FRAMES)
    page.mouse.up()
    expect(page.locator("#panel #do-complete form button")).to_be_visible()
    expect(above).to_have_count(0)


def test_a_row_that_leaves_waits_for_a_click_that_is_held_down(shop: Dealership, sign_in: SignedIn) -> None:
    one, another = shop.report_problem(), shop.report_problem("Sr. Montalvim")
    shop.give(one, "PS-1", accepted=True)
    shop.give(another, "PS-1")
    page = sign_in("PS-1", shop.board)
    above = page.locator(row(page, another["task_id"]))
    page.locator(f"{row(page, one['task_id'])} [data-do=complete]").hover()
    page.mouse.down()
    with page.expect_response("**/board/changes**"):
        shop.act(another["task_id"], "reassign", "SM-1", to_staff_id="PS-2")
    page.evaluate(A_FEW_FRAMES)
    expect(above).to_be_visible()
    page.mouse.up()
    expect(page.locator("#panel #do-complete form button")).to_be_visible()
    expect(above).to_have_count(0)


def test_leaving_the_page_sends_what_waited(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1", accepted=True)
    page = sign_in("PS-1", shop.board)
    page.locator("#panel #do-complete summary").click()
    page.locator("#panel #do-complete form button").click()
    expect(page.locator(row(page, task["task_id"]))).to_be_hidden()
    assert shop.task(task["task_id"])["status"] == "accepted"
    page.goto("/sign-out")
    shop.becomes(task["task_id"], "completed")


def test_a_refused_action_says_who_has_it(shop: Dealership, sign_in: SignedIn, complaints: Complaints) -> None:
    complaints.expect("409", "ERR_FAILED")
    shop.change_person("PS-1", capacity=0)
    shop.change_person("PS-2", capacity=0)
    task = shop.report_problem()
    page = sign_in("PS-1", shop.board)
    page.route("**/board/changes**", lambda route: route.abort())
    shop.act(task["task_id"], "accept", "PS-2")
    page.locator(f"{row(page, task['task_id'])} form[data-action=accept] button").click()
    expect(page.locator("#refusal")).to_contain_text("Tomé Arruda has it now")


def test_what_was_written_is_kept_until_it_is_sent(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1", accepted=True)
    page = sign_in("PS-1", shop.board)
    page.locator("#panel #do-comment summary").click()
    page.locator("#comment-text").fill("She prefers the morning")
    page.reload()
    page.locator("#panel #do-comment summary").click()
    expect(page.locator("#comment-text")).to_have_value("She prefers the morning")
    page.locator("#panel #do-comment form button").click()
    expect(page.locator("#toasts")).to_contain_text("Noted")
    page.reload()
    expect(page.locator("#comment-text")).to_have_value("")


@pytest.mark.parametrize(
    ("action", "fields", "said"),
    [
        (
            "contact",
            {"channel": "telephone", "outcome": "spoke", "text": "Explained the update"},
            "Explained the update",
        ),
        ("message", {"text": "Your car is ready"}, "Message to the customer"),
    ],
)
def test_words_to_the_customer_stand_in_the_history(
    shop: Dealership, sign_in: SignedIn, action: str, fields: dict[str, str], said: str
) -> None:
    shop.give(shop.report_problem(), "PS-1", accepted=True)
    page = sign_in("PS-1", shop.board)
    page.locator(f"#panel #do-{action} summary").click()
    for name, value in fields.items():
        field = page.locator(f"#{action}-{name}")
        field.fill(value) if name == "text" else field.select_option(value)
    page.locator(f"#panel #do-{action} form button").click()
    expect(page.locator("#panel .history")).to_contain_text(said)


def test_a_task_is_handed_to_a_colleague(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1", accepted=True)
    page = sign_in("PS-1")
    page.clock.install()
    page.goto(shop.board)
    page.locator("#panel #do-reassign summary").click()
    page.locator("#reassign-to_staff_id").select_option("PS-2")
    page.locator("#panel #do-reassign form button").click()
    page.clock.fast_forward(9_000)
    until(lambda: shop.task(task["task_id"])["offered_to"] == "PS-2", 15)


def test_the_keyboard_alone_is_enough(shop: Dealership, sign_in: SignedIn) -> None:
    first, second = shop.report_problem(), shop.report_problem("Sr. Montalvim")
    for task in (first, second):
        shop.give(task, "PS-1")
    page = sign_in("PS-1", shop.board)
    ids = [one.get_attribute("id") for one in page.locator("#offers .task").all()]
    page.keyboard.press("j")
    expect(page.locator(f"#{ids[0]} h3 a")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(f"#{ids[1]} h3 a")).to_be_focused()
    expect(page.locator("#panel")).to_have_attribute("data-task", str(ids[1]).removeprefix("task-"))
    page.keyboard.press("a")
    expect(page.locator(f"#mine #{ids[1]}")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("Written by hand, with j and a in it")
    expect(page.locator("#comment-text")).to_have_value("Written by hand, with j and a in it")
    page.keyboard.press("Escape")
    expect(page.locator("#do-comment")).not_to_have_attribute("open", "")
    page.keyboard.press("?")
    for keys, words in ((["J", "K"], "next, previous"), (["X", "Shift X"], "choose"), (["G", "O"], "Operations")):
        expect(page.locator("dialog dl > div", has_text=words).locator("kbd")).to_have_text(keys)
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_have_attribute("data-chosen", "1")
    page.keyboard.press("Control+k")
    page.keyboard.type("journeys")
    expect(page.locator("#palette-list [role=option]").first).to_contain_text("Journeys")
    page.keyboard.press("Escape")
    until(lambda: goes_to_the_board(page), 15)


def goes_to_the_board(page: Page) -> bool:
    """Whether G and B lead there; on a busy machine the two may come too far apart to belong together."""
    page.keyboard.press("g")
    page.keyboard.press("b")
    return page.url.endswith("/board")


def test_single_letters_can_be_switched_off(shop: Dealership, sign_in: SignedIn) -> None:
    shop.give(shop.report_problem(), "PS-1")
    page = sign_in("PS-1", "/sign-out")
    page.locator("input[name=keys]").uncheck()
    page.locator("form[action='/preferences'] button").click()
    page.goto(shop.board)
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.locator("dialog")).to_be_visible()


def test_several_tasks_at_once(shop: Dealership, sign_in: SignedIn) -> None:
    tasks = [shop.report_problem(), shop.report_problem("Sr. Montalvim")]
    for task in tasks:
        shop.give(task, "PS-1")
    page = sign_in("PS-1", shop.board)
    for task in tasks:
        page.locator(f"{row(page, task['task_id'])} .pick").check()
    page.locator("#bulk button").click()
    expect(page.locator("[data-outcome=possible]")).to_have_count(2)
    page.locator("[name=confirm]").click()
    expect(page.locator("[data-outcome=done]")).to_have_count(2)
    assert {shop.task(task["task_id"])["status"] for task in tasks} == {"accepted"}


@pytest.fixture
def line(address: str) -> Iterator[Line]:
    """A line to the stack that can be severed."""
    line = Line(address)
    yield line
    line.close()


def test_a_severed_feed_says_how_far_behind_and_catches_up(
    shop: Dealership, sign_in: SignedIn, complaints: Complaints, line: Line
) -> None:
    complaints.expect("ERR_")
    taken, stays = shop.report_problem(), shop.report_problem("Sr. Montalvim")
    for task in (taken, stays):
        shop.give(task, "PS-1")
    page = sign_in("PS-1")
    page.goto(line.address + shop.board)
    live = page.locator("#live")
    expect(live).to_have_text("Live")
    page.mouse.move(0, 0)
    page.route("**/board/changes**", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        shop.act(taken["task_id"], "accept", "PS-1")
    line.sever()
    page.unroute("**/board/changes**")
    expect(live).to_have_attribute("data-state", "old")
    expect(live).to_have_text(re.compile(r"^\d+ s behind$"))
    first = live.inner_text()
    comes = shop.report_problem("Sra. Valmor")
    shop.give(comes, "PS-1")
    expect(live).not_to_have_text(first)
    expect(page.locator(row(page, comes["task_id"]))).to_have_count(0)
    line.mend()
    expect(live).to_have_text("Live", timeout=15_000)
    expect(page.locator(f"#mine {row(page, taken['task_id'])}")).to_be_visible()
    expect(page.locator(f"#offers {row(page, comes['task_id'])}")).to_be_visible()
    rows = page.locator(".lane .task[id^=task-]").evaluate_all("rows => rows.map((row) => row.id)")
    assert sorted(rows) == sorted(f"task-{task['task_id']}" for task in (taken, stays, comes))


def test_a_line_that_hangs_is_noticed_and_found_again(shop: Dealership, sign_in: SignedIn, line: Line) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1")
    page = sign_in("PS-1")
    page.clock.install()
    page.goto(line.address + shop.board)
    live = page.locator("#live")
    expect(live).to_have_text("Live")
    button = page.locator("#panel form[data-action=accept] button")
    line.hang()
    page.clock.fast_forward(18_000)
    expect(live).to_have_text(re.compile(r"^1[89] s behind$"))
    expect(button).not_to_have_attribute("aria-disabled", "true")
    page.clock.fast_forward(2_000)
    expect(live).to_contain_text("Not live since")
    expect(button).to_have_attribute("aria-disabled", "true")
    shop.act(task["task_id"], "accept", "PS-1")
    line.mend()
    expect(live).to_have_text("Live")
    expect(page.locator(f"#mine {row(page, task['task_id'])}")).to_be_visible()


def test_a_heartbeat_is_a_sign_of_life(shop: Dealership, sign_in: SignedIn) -> None:
    page = sign_in("PS-1")
    page.add_init_script("""
        window.sources = [];
        window.EventSource = class extends EventSource {
          constructor(address) { super(address); sources.push(this); }
        };
    """)
    page.clock.install()
    page.goto(shop.board)
    expect(page.locator("#live")).to_have_text("Live")
    page.clock.fast_forward(17_000)
    page.evaluate("sources[0].dispatchEvent(new MessageEvent('heartbeat', { data: '{}' }))")
    page.clock.fast_forward(17_000)
    assert page.evaluate("sources.map((one) => one.readyState)") == [1]
    page.clock.fast_forward(1_000)
    assert page.evaluate("sources.map((one) => one.url.includes('heartbeat=event'))") == [True, True]


def test_a_lost_connection_is_said_and_acting_waits(
    shop: Dealership, sign_in: SignedIn, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED")
    shop.give(shop.report_problem(), "PS-1")
    page = sign_in("PS-1")
    page.route("**/v1/tasks/feed**", lambda route: route.abort())
    page.route("**/board/changes**", lambda route: route.abort())
    page.clock.install()
    page.goto(shop.board)
    expect(page.locator("#live")).to_contain_text("s behind")
    page.clock.fast_forward(20_000)
    expect(page.locator("#live")).to_contain_text("Not live since")
    expect(page.locator("#connection")).to_contain_text("Connection lost")
    expect(page.locator("#panel form[data-action=accept] button")).to_have_attribute("aria-disabled", "true")


def test_without_script_everything_is_done_by_forms(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1")
    page = sign_in("PS-1", shop.board, script=False)
    page.locator(f"#offers {row(page, task['task_id'])} form[data-action=accept] button").click()
    expect(page.locator(f"#mine {row(page, task['task_id'])}")).to_be_visible()
    page.locator("#panel #do-complete summary").click()
    page.locator("#panel #do-complete form button").click()
    expect(page.locator(f"#completed {row(page, task['task_id'])}")).to_be_visible()


def test_on_a_phone_a_task_is_a_page(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1")
    page = sign_in("PS-1", shop.board, width=390)
    page.locator(f"{row(page, task['task_id'])} h3 a").click()
    page.wait_for_url(f"**/tasks/{task['task_id']}**")
    page.locator("#panel form[data-action=accept] button").click()
    expect(page.locator("#do-complete")).to_be_visible()
    assert shop.task(task["task_id"])["assignee_id"] == "PS-1"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(shop: Dealership, sign_in: SignedIn, theme: str, width: int) -> None:
    mine = shop.report_problem("Sr. Montalvim")
    shop.give(mine, "PS-1", accepted=True)
    shop.give(shop.report_problem(), "PS-1")
    page = sign_in("PS-1", shop.board, width=width, theme=theme)
    pages = [f"/tasks/{mine['task_id']}?do=complete", "/sign-out", shop.board]
    for path in pages:
        page.goto(path)
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], json.dumps(found)[:2000]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
