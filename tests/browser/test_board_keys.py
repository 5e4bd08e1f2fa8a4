"""The board by keys alone: the ring, the row in hand, the panel and what a key does are about one task."""

import pytest
from dealership import Dealership
from playwright.sync_api import Page, expect
from visits import SignedIn


@pytest.fixture
def offers(shop: Dealership, sign_in: SignedIn) -> list[str]:
    """Three offers to one person."""
    tasks = [shop.report_problem(name) for name in ("Sra. Valdouro", "Sr. Montalvim", "Sra. Valmor")]
    for task in tasks:
        shop.give(task, "PS-1")
    return [task["task_id"] for task in tasks]


def shown(page: Page, lane: str) -> list[str]:
    """The tasks of a lane in their order."""
    ids = page.locator(f"#{lane} .task").evaluate_all("rows => rows.map((row) => row.id)")
    return [str(one).removeprefix("task-") for one in ids]


def expect_in_hand(page: Page, task_id: str) -> None:
    """The ring, the row in hand, its hints and the panel are of one task."""
    expect(page.locator(f"#task-{task_id} h3 a")).to_be_focused()
    expect(page.locator("#panel")).to_have_attribute("data-task", task_id)
    expect(page.locator(".task[data-selected]")).to_have_count(1)
    expect(page.locator(".task[data-selected]")).to_have_id(f"task-{task_id}")
    # a row that came with the keys of the one in hand before is asked for once more
    expect(page.locator(f".lane .task:has(kbd):not(#task-{task_id})")).to_have_count(0)
    expect(page.locator(f".lane #task-{task_id}:has(kbd)")).to_have_count(1)


def test_after_each_action_the_next_task_is_in_hand(shop: Dealership, sign_in: SignedIn, offers: list[str]) -> None:
    page = sign_in("PS-1", shop.board)
    first, second, third = shown(page, "offers")
    page.keyboard.press("j")
    for accepted, following in ((first, second), (second, third)):
        page.keyboard.press("a")
        expect(page.locator(f"#mine #task-{accepted}")).to_be_visible()
        expect_in_hand(page, following)
    page.keyboard.press("a")
    expect(page.locator(f"#mine #task-{third}")).to_be_visible()
    one, another, last = shown(page, "mine")
    expect_in_hand(page, one)
    page.keyboard.press("w")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(f"#waiting #task-{one}")).to_be_visible()
    expect_in_hand(page, another)
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    expect(page.locator(f"#task-{another}")).to_be_hidden()
    expect_in_hand(page, last)
    page.keyboard.press("j")
    expect_in_hand(page, one)
    page.keyboard.press("w")
    expect(page.locator(f"#mine #task-{one}")).to_be_visible()
    expect_in_hand(page, last)
    shop.becomes(another, "completed")
    assert shop.task(last)["status"] == "accepted"


def test_what_was_done_is_undone_by_a_key(shop: Dealership, sign_in: SignedIn, offers: list[str]) -> None:
    for task_id in offers:
        shop.act(task_id, "accept", "PS-1")
    page = sign_in("PS-1")
    page.clock.install()
    page.goto(shop.board)
    first, second, third = shown(page, "mine")
    page.keyboard.press("j")
    for done, following in ((first, second), (second, third)):
        page.keyboard.press("c")
        expect(page.locator("#do-complete form")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.locator(f"#task-{done}")).to_be_hidden()
        expect_in_hand(page, following)
    expect(page.locator(".toast kbd")).to_have_text(["Z", "Z"])
    page.keyboard.press("z")
    expect_in_hand(page, second)
    expect(page.locator(f"#task-{first}")).to_be_hidden()
    page.keyboard.press("z")
    expect_in_hand(page, first)
    expect(page.locator("#mine .count")).to_have_text("3")
    page.clock.fast_forward(9_000)
    page.keyboard.press("?")
    expect(page.locator("dialog dl > div", has_text="undo").locator("kbd")).to_have_text(["Z"])
    assert {shop.task(task_id)["status"] for task_id in offers} == {"accepted"}


def test_on_a_page_of_its_own_undoing_leads_back_to_the_action(
    shop: Dealership, sign_in: SignedIn, offers: list[str]
) -> None:
    page = sign_in("PS-1", f"/tasks/{offers[0]}")
    page.keyboard.press("d")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(".toast kbd")).to_have_text("Z")
    page.keyboard.press("z")
    expect(page.locator("#do-decline summary")).to_be_focused()
    assert shop.task(offers[0])["offered_to"] == "PS-1"


def test_a_note_leaves_the_task_in_hand(shop: Dealership, sign_in: SignedIn, offers: list[str]) -> None:
    page = sign_in("PS-1", shop.board)
    first = shown(page, "offers")[0]
    page.keyboard.press("j")
    expect_in_hand(page, first)
    page.keyboard.press("n")
    page.keyboard.type("She prefers the morning")
    page.locator("#do-comment form button").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Noted")
    expect_in_hand(page, first)


def test_a_key_waits_for_the_panel_of_the_row_with_the_ring(
    shop: Dealership, sign_in: SignedIn, offers: list[str]
) -> None:
    page = sign_in("PS-1", shop.board)
    first, second, third = shown(page, "offers")
    for key in ("j", "j", "j", "a"):
        page.keyboard.press(key)
    expect(page.locator(f"#mine #task-{third}")).to_be_visible()
    expect_in_hand(page, second)
    page.keyboard.press("k")
    page.keyboard.press("n")
    page.keyboard.type("Asks for a call")
    expect(page.locator(f"#panel[data-task='{first}'] #comment-text")).to_have_value("Asks for a call")
    page.keyboard.press("Escape")
    page.locator(f"#task-{second} h3 a").focus()
    page.keyboard.press("a")
    expect(page.locator(f"#mine #task-{second}")).to_be_visible()
    assert shop.task(first)["status"] == "offered"


def test_where_no_panel_is_shown_keys_are_about_the_row_with_the_ring(
    shop: Dealership, sign_in: SignedIn, offers: list[str]
) -> None:
    page = sign_in("PS-1", shop.board, width=1000)
    first, second, _ = shown(page, "offers")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator(f"#mine #task-{second}")).to_be_visible()
    page.locator(f"#task-{first} h3 a").focus()
    page.keyboard.press("d")
    page.wait_for_url(f"**/tasks/{first}**")
    expect(page.locator("#do-decline form")).to_be_visible()
