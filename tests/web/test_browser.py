"""The page in a real Chromium: search, follow a hit, stay inert under attack, ask nobody else for anything."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest

from web.app import create_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
ARTICLE, HOSTILE, GONE = (f"{number:020x}" for number in (1, 2, 3))


MISSING = f"{CHROMIUM} is missing: the page was NOT tried in a browser (apt-get install chromium)"
if not CHROMIUM.exists() and os.environ.get("CI") != "true":
    # Past pytest's capture: one line that is seen even in a quiet run.
    print(f"\nSKIPPED tests/web/test_browser.py: {MISSING}", file=sys.__stderr__)
    pytest.skip(MISSING, allow_module_level=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM.exists(), MISSING
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """A page that writes down everything it asks for and complains about."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def check(self) -> None:
        assert self.complaints == []
        assert {urlsplit(url).netloc for url in self.requests} == {urlsplit(self.address).netloc}


@pytest.fixture
def visit(browser: Browser, services: Any, serving: Callable[[Any], str]) -> Iterator[Visit]:
    address = serving(create_app(services))
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(10_000)
    visited = Visit(page, address)
    yield visited
    page.close()
    visited.check()


def test_search_then_follow_a_hit_to_its_figures(visit: Visit) -> None:
    visit.go("/")
    visit.page.get_by_label("搜索词").fill("聆讯")
    visit.page.get_by_role("button", name="搜索").click()
    visit.page.get_by_role("link", name="智谱通过港交所聆讯").click()
    visit.page.locator("td a", has_text="312,000,000").click()

    assert visit.page.url.endswith(f"/articles/{ARTICLE}#figure-1")
    assert visit.page.locator("mark:target").inner_text() == "3.24亿元"


def test_filters_narrow_and_can_be_taken_off(visit: Visit) -> None:
    visit.go("/")
    visit.page.get_by_label("公司", exact=True).fill("MiniMax")
    visit.page.get_by_label("事件", exact=True).select_option(label="通过聆讯")
    visit.page.get_by_role("button", name="搜索").click()

    assert visit.page.locator(".hits > li").count() == 1
    visit.page.get_by_role("link", name="清除全部").click()
    assert visit.page.locator(".hits > li").count() == 3


def test_facets_stand_open_on_a_wide_screen_and_fold_on_a_narrow_one(visit: Visit) -> None:
    visit.go("/?q=智谱")
    link = visit.page.locator(".facets a", has_text="MiniMax")
    assert link.is_visible()
    visit.page.set_viewport_size({"width": 390, "height": 800})
    assert not link.is_visible()
    visit.page.get_by_text("缩小范围").click()
    link.click()

    assert visit.page.locator(".hits > li").count() == 1
    visit.page.get_by_role("link", name="公司：MiniMax").click()
    assert visit.page.locator(".hits > li").count() == 3


def test_bar_leads_to_its_days_by_mouse_and_its_row_by_keyboard(visit: Visit) -> None:
    visit.go("/?q=智谱")
    visit.page.locator(".chart svg a").first.click()
    assert "since=2025-12-17" in visit.page.url
    visit.go("/?q=智谱")
    visit.page.get_by_text("发布时间：").focus()
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**since=2025-12-17**")


def test_trends_of_companies_lead_to_their_articles(visit: Visit) -> None:
    visit.go("/")
    visit.page.get_by_role("link", name="趋势").click()
    visit.page.get_by_label("比较").fill("智谱、MiniMax")
    visit.page.get_by_role("button", name="统计").click()
    visit.page.get_by_role("cell", name="MiniMax").get_by_role("link").click()

    assert visit.page.locator(".hits > li").count() == 1


def test_keyboard_alone_reaches_search_and_content(visit: Visit) -> None:
    visit.go("/")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.textContent") == "跳到主要内容"
    visit.page.keyboard.press("/")
    assert visit.page.evaluate("document.activeElement.id") == "q"
    visit.page.keyboard.type("估值/")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**q=*")
    assert visit.page.get_by_label("搜索词").input_value() == "估值/"


@pytest.mark.parametrize("path", ["/?q=智谱", f"/articles/{HOSTILE}", "/trends", "/alerts", "/sources"])
def test_hostile_text_stays_text(visit: Visit, path: str) -> None:
    visit.go(path)
    visit.page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    visit.page.wait_for_timeout(150)  # what an onerror handler would need

    assert "owned" in visit.page.locator("body").inner_text()
    assert visit.page.evaluate("document.title") != "owned"
    assert visit.page.locator("main img, main script").count() == 0


@pytest.mark.parametrize("query", ["<script>document.title='owned'</script>", "\"><img src=x onerror=document.title='owned'>",
                                   "'-alert(1)-'", "{{7*7}}"])  # fmt: skip
def test_hostile_query_stays_text(visit: Visit, query: str) -> None:
    visit.go("/?q=" + quote(query))

    assert visit.page.get_by_label("搜索词").input_value() == query
    assert "owned" not in visit.page.evaluate("document.title").removeprefix(query)
    assert visit.page.locator("main img, main script").count() == 0
    # What does not parse is answered with 400, which the browser notes in its console.
    visit.complaints[:] = [complaint for complaint in visit.complaints if "400 (Bad Request)" not in complaint]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/", "/?q=智谱", f"/articles/{ARTICLE}", f"/articles/{HOSTILE}", f"/articles/{GONE}",
                                  "/trends", "/trends?by=keyword&compare=聆讯", "/alerts", "/sources"])  # fmt: skip
def test_page_fits_its_width(visit: Visit, path: str, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 800})
    visit.go(path)
    visit.page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")

    assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const pixel = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest(".away, .skip")) continue;
    const behind = [];
    for (let at = element; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
    const back = pixel(behind), front = pixel([...behind, getComputedStyle(element).color]);
    const [high, low] = [light(front), light(back)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) poor.push(`${element.className || element.tagName}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/?q=智谱&company=智谱", "/?q=智谱&only=event:hearing_passed&collapse=1", "/trends",
                                  f"/articles/{ARTICLE}", "/alerts", "/sources"])  # fmt: skip
def test_text_has_the_contrast_that_wcag_aa_asks(visit: Visit, path: str, scheme: Any) -> None:
    visit.page.emulate_media(color_scheme=scheme)
    visit.go(path)
    visit.page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")

    assert visit.page.evaluate(CONTRAST) == []


def test_page_works_without_javascript(browser: Browser, services: Any, serving: Callable[[Any], str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(serving(create_app(services)))
    page.get_by_label("搜索词").fill("聆讯")
    page.get_by_role("button", name="搜索").click()
    page.get_by_role("link", name="智谱通过港交所聆讯").click()
    page.get_by_text("去掉的行").click()

    assert page.get_by_text("免费影视|棋牌下载").is_visible()
    context.close()
