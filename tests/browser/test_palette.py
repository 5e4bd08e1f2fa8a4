"""The palette, on any page: customers by name and plate, cases, people, pages; by keys alone."""

from dealership import Dealership
from playwright.sync_api import Page, expect
from visits import SignedIn


def find(page: Page, words: str) -> None:
    """Open the palette by its keys and type."""
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-query")).to_be_focused()
    page.keyboard.type(words)


def test_what_is_known_of_a_customer_is_found_from_any_page_by_keys(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    plate = shop.task(task["task_id"])["packet"]["vehicle"]["plate"]
    page = sign_in("PS-1", "/playbook")
    find(page, plate.replace("-", "").lower())
    options = page.locator("#palette-list [role=option]")
    expect(options.first).to_contain_text("Sra. Valdouro")
    expect(options.first).to_contain_text(plate)
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(options.filter(has_text="Diagnose the infotainment")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/journeys/{shop.dealer_id}/{task['customer_id']}")
    find(page, "valdouro")
    expect(options.first).to_contain_text("Sra. Valdouro")
    expect(options.last).to_contain_text("Case")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{shop.dealer_id}/{task['case_id']}")
    find(page, "tomé")
    expect(options.first).to_contain_text("Tomé Arruda")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url("**/operations")


def test_only_what_can_be_done_here_is_offered(shop: Dealership, sign_in: SignedIn) -> None:
    page = sign_in("PS-1", "/journeys")
    find(page, "")
    options = page.locator("#palette-list [role=option]")
    expect(options.filter(has_text="print")).to_have_count(1)
    expect(options.filter(has_text="accept")).to_have_count(0)
    page.fill("#palette-query", "nothing of the kind")
    expect(options).to_have_count(0)
    expect(page.locator("dialog")).to_contain_text("Nothing found")
