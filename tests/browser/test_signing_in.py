"""The page of signing in, and of signing out everywhere: what it says of a key that is no more, for everybody."""

from collections.abc import Iterator
from itertools import count

import pytest
from axe_playwright_python.sync_playwright import Axe
from dealership import Dealership
from playwright.sync_api import Browser, Page, expect
from visits import Complaints, SignedIn

NUMBERS = count(1_000)


@pytest.fixture
def stranger(browser: Browser, address: str, complaints: Complaints) -> Iterator[Page]:
    """A page of somebody who has not signed in."""
    context = browser.new_context(base_url=address, locale="en-GB")
    page = context.new_page()
    page.on("console", complaints.note)
    yield page
    context.close()


def withdraw(shop: Dealership, name: str) -> None:
    """Withdraw the key of a name."""
    listed = shop.api.get("/v1/keys?limit=200").json()["items"]
    for key in (one for one in listed if one["name"] == name and shop.dealer_id in one["dealers"]):
        shop.api.delete(f"/v1/keys/{key['key_id']}").raise_for_status()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_withdrawn_key_is_said_at_its_field_for_everybody(
    shop: Dealership, stranger: Page, complaints: Complaints, theme: str, width: int
) -> None:
    complaints.expect("401", "422")
    number = next(NUMBERS)
    key = shop.key_of("PS-1", number)
    withdraw(shop, f"PS-1 {number}")
    stranger.set_viewport_size({"width": width, "height": 900})
    stranger.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    stranger.goto("/sign-in")
    stranger.fill("#key", key)
    stranger.keyboard.press("Enter")
    expect(stranger.locator("#key-error")).to_contain_text("withdrawn")
    expect(stranger.locator("#key")).to_have_attribute("aria-invalid", "true")
    found = Axe().run(stranger).response["violations"]
    assert found == [], [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found]
    assert stranger.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def test_signing_out_everywhere_ends_the_sessions_of_other_browsers(
    shop: Dealership, sign_in: SignedIn, address: str
) -> None:
    key = shop.key_of("PS-1", next(NUMBERS))
    pages = [sign_in("PS-1", "/sign-in") for _ in range(2)]
    for page in pages:
        page.fill("#key", key)
        page.click("form:has(#key) button")
        page.wait_for_url("**/board?**")
    first, second = pages
    first.goto("/sign-out")
    first.get_by_role("button", name="Sign out everywhere").click()
    expect(first.locator("h1")).to_have_text("Sign in")
    second.goto("/board")
    expect(second.locator("h1")).to_have_text("Sign in")
