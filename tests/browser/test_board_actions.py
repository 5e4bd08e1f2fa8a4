"""What else people do on the board: join, hand over, cancel, take up, sort; and what was still to be sent."""

from dealership import Dealership
from launched_stack import until
from playwright.sync_api import Page, expect
from visits import Complaints, SignedIn


def row(task_id: str) -> str:
    return f"#task-{task_id}"


def open_act(page: Page, action: str) -> None:
    page.locator(f"#panel #do-{action} summary").click()


def test_a_colleague_brought_in_joins_and_is_done(shop: Dealership, sign_in: SignedIn) -> None:
    shop.report_problem(first_receiver="sales")
    (task,) = shop.tasks(kind="interact", role="salesperson")
    page = sign_in("SP-1", shop.board_of("salesperson"))
    page.locator(f"#offers {row(task['task_id'])} form[data-action=acknowledge] button").click()
    expect(page.locator(f"#mine {row(task['task_id'])}")).to_be_visible()
    open_act(page, "complete")
    page.locator("#panel #do-complete [value=customer_answered]").check()
    page.locator("#panel #do-complete form button").click()
    shop.becomes(task["task_id"], "completed")


def test_a_task_goes_to_another_role(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1", accepted=True)
    page = sign_in("PS-1")
    page.clock.install()
    page.goto(shop.board)
    open_act(page, "reassign")
    page.locator("#reassign-to_role").select_option("workshop_manager")
    page.locator("#panel #do-reassign form button").click()
    page.clock.fast_forward(9_000)
    shop.becomes(task["task_id"], "cancelled")
    (fresh,) = shop.tasks(role="workshop_manager")
    assert fresh["from_role"] == "product_specialist"


def test_the_lead_calls_a_task_off_with_a_reason(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1")
    page = sign_in("SM-1")
    page.clock.install()
    page.goto(f"/tasks/{task['task_id']}")
    open_act(page, "cancel")
    page.locator("#cancel-note").fill("Sold to another branch")
    page.locator("#panel #do-cancel form button").click()
    page.clock.fast_forward(9_000)
    shop.becomes(task["task_id"], "cancelled")


def test_a_handoff_is_started_from_a_task(shop: Dealership, sign_in: SignedIn) -> None:
    shop.give(shop.report_problem(), "PS-1", accepted=True)
    page = sign_in("PS-1", shop.board)
    open_act(page, "handoff")
    chosen = page.locator("#handoff-entry option").first.get_attribute("value")
    page.locator("#panel #do-handoff form button").click()
    until(lambda: any(task["entry"] == chosen for task in shop.tasks()), 15)


def test_what_could_not_be_sent_is_sent_at_the_next_visit(
    shop: Dealership, sign_in: SignedIn, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED", "Failed to fetch")
    task = shop.report_problem()
    shop.give(task, "PS-1", accepted=True)
    page = sign_in("PS-1", shop.board)
    page.evaluate("navigator.sendBeacon = () => false")
    open_act(page, "complete")
    page.locator("#panel #do-complete form button").click()
    page.goto("/sign-out")
    kept = page.evaluate("JSON.parse(localStorage.getItem('handoff:held'))")
    assert [one["task"] for one in kept] == [task["task_id"]]
    assert shop.task(task["task_id"])["status"] == "accepted"
    page.clock.install()
    page.clock.fast_forward(20_000)
    page.goto(shop.board)
    expect(page.locator("#toasts")).to_contain_text("Done now")
    shop.becomes(task["task_id"], "completed")


def test_an_ended_session_is_said_and_what_was_written_is_kept(
    shop: Dealership, sign_in: SignedIn, complaints: Complaints
) -> None:
    complaints.expect("401")
    task = shop.report_problem()
    shop.give(task, "PS-1", accepted=True)
    page = sign_in("PS-1", shop.board)
    shop.withdraw_keys()
    open_act(page, "comment")
    page.fill("#comment-text", "She prefers mornings")
    page.locator("#panel #do-comment form button").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("nothing was changed")
    expect(page.locator("#comment-text")).to_have_value("She prefers mornings")
    expect(page.locator("#toasts")).to_be_empty()
    alert.get_by_role("link").click()
    page.fill("#key", shop.key_of("PS-1"))
    page.click("form:has(#key) button")
    page.wait_for_url("**/board?**")
    open_act(page, "comment")
    expect(page.locator("#comment-text")).to_have_value("She prefers mornings")


def test_what_a_refusal_says_stays_while_the_line_is_lost(
    shop: Dealership, sign_in: SignedIn, complaints: Complaints
) -> None:
    complaints.expect("401", "ERR_FAILED")
    shop.give(shop.report_problem(), "PS-1", accepted=True)
    page = sign_in("PS-1")
    page.clock.install()
    page.goto(shop.board)
    expect(page.locator("#live")).to_have_text("Live")
    page.route("**/v1/tasks/feed**", lambda route: route.abort())
    shop.withdraw_keys()
    open_act(page, "comment")
    page.fill("#comment-text", "She prefers mornings")
    page.locator("#panel #do-comment form button").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing was changed")
    for _ in range(3):
        page.clock.fast_forward(18_000)
    expect(page.locator("#connection")).to_contain_text("Connection lost")
    expect(page.get_by_role("alert")).to_contain_text("nothing was changed")


def test_what_was_held_as_the_session_ended_is_done_at_the_next_visit(
    shop: Dealership, sign_in: SignedIn, complaints: Complaints
) -> None:
    complaints.expect("401")
    task = shop.report_problem()
    shop.give(task, "PS-1", accepted=True)
    page = sign_in("PS-1", shop.board)
    open_act(page, "complete")
    page.fill("#complete-note", "Screen replaced, she has seen it work")
    page.locator("#panel #do-complete form button").click()
    expect(page.locator(row(task["task_id"]))).to_be_hidden()
    # the browser takes it, and the server hears nothing of it or refuses it
    page.evaluate("navigator.sendBeacon = () => true")
    shop.withdraw_keys()
    page.goto("/sign-in")
    assert shop.task(task["task_id"])["status"] == "accepted"
    page.clock.install()
    page.clock.fast_forward(20_000)
    page.fill("#key", shop.key_of("PS-1"))
    page.click("form:has(#key) button")
    page.wait_for_url("**/board?**")
    expect(page.locator("#toasts")).to_contain_text("Done now")
    shop.becomes(task["task_id"], "completed")
    assert not any(key.startswith("handoff:draft") for key in page.evaluate("Object.keys(localStorage)"))


def test_what_was_sent_on_leaving_is_not_sent_again(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1", accepted=True)
    page = sign_in("PS-1", shop.board)
    open_act(page, "complete")
    page.fill("#complete-note", "Screen replaced")
    page.locator("#panel #do-complete form button").click()
    page.goto("/playbook")
    shop.becomes(task["task_id"], "completed")
    page.clock.install()
    page.clock.fast_forward(20_000)
    page.goto(shop.board)
    until(lambda: page.evaluate("localStorage.getItem('handoff:held')") == "[]", 15)
    assert not any(key.startswith("handoff:draft") for key in page.evaluate("Object.keys(localStorage)"))
    expect(page.locator("#toasts")).to_be_empty()


def test_a_click_begun_on_the_panel_ends_on_it(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1", accepted=True)
    page = sign_in("PS-1", shop.board)
    page.locator("#panel #do-comment summary").hover()
    page.mouse.down()
    with page.expect_response("**/board/changes**"):
        shop.act(task["task_id"], "wait", "PS-1", reason="parts")
    expect(page.locator(f"#waiting {row(task['task_id'])}")).to_be_visible()
    page.mouse.up()
    expect(page.locator("#panel #do-comment textarea")).to_be_visible()


def test_who_has_taken_a_task_is_said(shop: Dealership, sign_in: SignedIn) -> None:
    for staff_id in ("PS-1", "PS-2"):
        shop.change_person(staff_id, capacity=0)
    task = shop.report_problem()
    page = sign_in("PS-1", shop.board)
    expect(page.locator(f"#queue {row(task['task_id'])}")).to_be_visible()
    page.mouse.move(0, 0)
    shop.act(task["task_id"], "accept", "PS-2")
    expect(page.locator("#status")).to_contain_text("Tomé A. has taken")
    expect(page.locator(row(task["task_id"]))).to_have_count(0)


def test_an_order_once_chosen_stays(shop: Dealership, sign_in: SignedIn) -> None:
    older, newer = shop.report_problem(), shop.report_problem("Sr. Montalvim")
    for task in (older, newer):
        shop.give(task, "PS-1")
    page = sign_in("PS-1", shop.board)
    first = page.locator("#offers .task").first
    page.locator("#sort").select_option("newest")
    page.wait_for_url("**sort=newest**")
    expect(first).to_have_id(f"task-{newer['task_id']}")
    page.goto(shop.board)
    expect(page.locator("#sort")).to_have_value("newest")
    expect(first).to_have_id(f"task-{newer['task_id']}")
    page.goto(f"{shop.board}&sort=due")
    expect(first).to_have_id(f"task-{older['task_id']}")
