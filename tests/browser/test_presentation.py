"""How pages look to people with other eyes and on paper: forced colours, less motion, print."""

import re

import pytest
from dealership import Dealership
from playwright.sync_api import Page, expect
from visits import SignedIn

from journey_api.console.catalogue import LANGUAGES

MOST_BYTES = 200_000
"""Over the wire up to the first paint with its fonts and scripts."""


def style(page: Page, selector: str, name: str) -> str:
    """A computed style of the first element."""
    return str(page.locator(selector).first.evaluate(f"(element) => getComputedStyle(element).{name}"))


def test_with_forced_colours_buttons_keep_their_border_and_clocks_their_shape(
    shop: Dealership, sign_in: SignedIn
) -> None:
    shop.give(shop.report_problem(), "PS-1")
    page = sign_in("PS-1", shop.board, forced_colors="active")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    button = "#panel form[data-action=accept] button"
    assert style(page, button, "borderTopStyle") != "none"
    assert style(page, button, "borderTopWidth") != "0px"
    ring = page.locator("#offers handoff-countdown svg").first
    expect(ring).to_be_visible()
    assert ring.evaluate("(one) => [...one.querySelectorAll('*')].some((e) => getComputedStyle(e).stroke !== 'none')")


def test_who_wants_less_motion_sees_none(shop: Dealership, sign_in: SignedIn) -> None:
    shop.give(shop.report_problem(), "PS-1")
    page = sign_in("PS-1", shop.board, reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((one) => {
            const style = getComputedStyle(one);
            const times = (style.transitionDuration + ',' + style.animationDuration).split(',').map(parseFloat);
            return Math.max(...times) > 0.01;
        }).map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert moving == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_journey_is_printed_on_light_paper_without_what_cannot_be_pressed(
    shop: Dealership, sign_in: SignedIn, theme: str
) -> None:
    task = shop.report_problem()
    page = sign_in("PS-1", f"/journeys/{shop.dealer_id}/{task['customer_id']}", theme=theme)
    page.emulate_media(media="print")
    channels = page.evaluate("getComputedStyle(document.body).color.match(/\\d+(\\.\\d+)?/g).slice(0, 3).map(Number)")
    assert max(channels) < 128, channels
    for selector in ("[data-print]", "nav", "header"):
        for one in page.locator(selector).all():
            expect(one).to_be_hidden()
    expect(page.locator("figure.loop svg:visible").first).to_be_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_first_paint_of_a_board_needs_few_bytes(shop: Dealership, sign_in: SignedIn, language: str) -> None:
    for number in range(3):
        shop.give(shop.report_problem(f"Sra. Número {number}"), "PS-1")
    page = sign_in("PS-1", "/sign-out")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{shop.board}&lang={language}")
    page.locator("#live:not([data-state])").wait_for(state="attached")
    page.evaluate("document.fonts.ready")
    assert 30_000 < sum(sizes) <= MOST_BYTES


@pytest.mark.parametrize("language", ["pt", "es", "ru", "zh"])
def test_no_language_makes_a_page_wider_than_a_phone(shop: Dealership, sign_in: SignedIn, language: str) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1", accepted=True)
    shop.act(task["task_id"], "complete", "PS-1", outcome="customer_answered")
    page = sign_in("PS-1", width=390)
    pages = ("/board", f"/tasks/{task['task_id']}", f"/cases/{shop.dealer_id}/{task['case_id']}", "/operations")
    more = ("/operations/wall", "/messages", "/quality", "/playbook", f"/playbook/{task['entry']}", "/sign-out")
    for path in (*pages, *more):
        page.goto(f"{path}?lang={language}")
        assert page.evaluate("document.documentElement.lang") == language, path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), path


@pytest.mark.parametrize("language", ["pt", "es", "ru", "zh"])
def test_in_no_language_what_is_true_touches_what_it_is_said_of(
    shop: Dealership, sign_in: SignedIn, language: str
) -> None:
    task = shop.report_problem()
    page = sign_in("PS-1", f"/tasks/{task['task_id']}?lang={language}")
    page.locator("#panel details").evaluate_all("(all) => all.forEach((one) => { one.open = true; })")
    expect(page.locator(".conditions [data-is=unmet], .conditions [data-is=unknown]").first).to_be_visible()
    gaps = page.locator(".conditions > li").evaluate_all(
        """(lines) => lines.map((one) => {
            const [truth, words] = [...one.children].map((part) => part.getBoundingClientRect());
            return words.left - (truth.left + one.firstElementChild.scrollWidth);
        })"""
    )
    assert min(gaps) >= 8, gaps


@pytest.mark.parametrize("width", [390, 1440])
def test_words_of_any_length_stay_within_a_page(shop: Dealership, sign_in: SignedIn, width: int) -> None:
    endless = "Äußerstes" * 20
    shop.change_dealer(name=endless)
    shop.change_person("PS-1", name=f"{endless} {endless}"[:200])
    task = shop.report_problem(endless, problem=endless * 3, situation="عومر 👩🏽‍🔧 <b>")
    shop.give(task, "PS-1", accepted=True)
    page = sign_in("PS-1", width=width)
    case = f"{shop.dealer_id}/{task['case_id']}"
    journey = f"{shop.dealer_id}/{task['customer_id']}"
    tasks = (f"{shop.board}&task={task['task_id']}", f"/tasks/{task['task_id']}", f"/cases/{case}")
    for path in (*tasks, f"/journeys/{journey}", "/operations", "/operations/wall", "/messages", "/quality"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), path


@pytest.mark.parametrize("width", [390, 800])
def test_every_page_is_in_the_bar_or_a_press_away(shop: Dealership, sign_in: SignedIn, width: int) -> None:
    scopes = ("tasks:read", "ops:read", "admin")
    page = sign_in("PS-1", width=width, scopes=scopes)
    for language in LANGUAGES:
        page.goto(f"/board?lang={language}")
        bar = page.locator("nav.nav")
        assert bar.evaluate(
            "(one) => one.scrollWidth <= one.clientWidth && one.getBoundingClientRect().right <= innerWidth"
        )
        expect(bar.locator("a:visible")).to_have_count(4)
        more = bar.get_by_role("button")
        assert more.evaluate("(one) => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight")
        more.press("Enter")
        expect(bar.locator("a:visible")).to_have_count(7)
        page.keyboard.press("Escape")
        expect(bar.locator("a:visible")).to_have_count(4)
        expect(more).to_be_focused()
    more.click()
    bar.locator("a[href^='/settings/']").click()
    expect(page).to_have_url(re.compile("/settings/"))


def test_a_wide_bar_shows_every_page(shop: Dealership, sign_in: SignedIn) -> None:
    page = sign_in("PS-1", "/board", scopes=("tasks:read", "ops:read", "admin"))
    expect(page.locator("nav.nav a:visible")).to_have_count(7)
    expect(page.locator("nav.nav button")).to_be_hidden()
