"""A board under a stream of changes: what is shown at the end is what is so, and what is being written stays.

The changes come as fast as the API takes them from three people at once, some fifty a second on two free cores.
"""

from concurrent.futures import ThreadPoolExecutor

from dealership import Dealership
from playwright.sync_api import expect
from visits import SignedIn

CHANGES = 60
"""Of each task; an even number leaves it accepted."""


def test_under_a_stream_of_changes_nothing_is_lost_and_nothing_moves(shop: Dealership, sign_in: SignedIn) -> None:
    held, *changing = [shop.report_problem(f"Sra. Número {number}")["task_id"] for number in range(4)]
    for task_id in (held, *changing):
        shop.give(shop.task(task_id), "PS-1", accepted=True)
    page = sign_in("PS-1", f"{shop.board}&task={held}")
    page.locator("#panel #do-comment summary").click()
    words = page.locator("#comment-text")
    words.fill("She prefers ")

    def change(task_id: str) -> None:
        for number in range(CHANGES + 1):
            if number % 2 == 0:
                shop.act(task_id, "wait", "PS-1", reason="customer")
            else:
                shop.act(task_id, "resume", "PS-1")

    with ThreadPoolExecutor(len(changing)) as pool:
        streams = [pool.submit(change, task_id) for task_id in changing]
        words.press_sequentially("the morning", delay=50)
        for stream in streams:
            stream.result()
    for task_id in changing:
        expect(page.locator(f"#waiting #task-{task_id}")).to_be_visible()
        expect(page.locator(f"#task-{task_id}")).to_have_count(1)
    expect(page.locator("#waiting .count")).to_have_text("3")
    expect(words).to_have_value("She prefers the morning")
    expect(words).to_be_focused()
