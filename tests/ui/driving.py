"""What a visitor does on the page, in a browser that playwright drives."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from lookalike.encoders import registry
from lookalike.search.methods import indexed
from lookalike.settings import settings
from tests.ui.serving import SLOW_MS


def methods() -> list[str]:
    """The methods on the page: those that the default gallery has an index for."""
    return indexed(settings().gallery)


class Visitor:
    """One open page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.set_default_timeout(SLOW_MS)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.open()

    def _heard(self, message) -> None:
        # Gradio logs the streams that it aborts itself when a query is overtaken.
        if message.type == "error" and not message.text.startswith("AbortError"):
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def leave(self) -> None:
        """Go elsewhere; what Gradio says of the streams that break off is no fault."""
        heard = len(self.complaints)
        self.page.goto("about:blank")
        del self.complaints[heard:]

    def open(self) -> None:
        """Open the page, or open it again."""
        self.leave()
        self.page.goto(self.url)
        expect(self.page.locator("#lk-drop input[type=file]")).to_be_attached(timeout=SLOW_MS)
        expect(self.page.locator("#lk-counter")).to_contain_text("collected", timeout=SLOW_MS)

    def upload(self, photo: Path) -> None:
        """Give a file to the drop area."""
        if not self.page.locator("#lk-drop").is_visible():
            self.page.get_by_role("button", name="Choose another photo").click()
        self.page.locator("#lk-drop input[type=file]").set_input_files(photo)

    def search(self, photo: Path) -> None:
        """Upload a photo and wait until every method has answered."""
        self.upload(photo)
        self.wait()

    def wait(self) -> None:
        """Until every method's row shows results."""
        for method in methods():
            answer = self.row(method).locator(".lk-thumb, .lk-problem").first
            expect(answer).to_be_visible(timeout=SLOW_MS)
            expect(answer, f"{method}'s answer").to_have_class(re.compile("lk-thumb"))

    def wait_for_new(self, token: str) -> None:
        """Until the first method's row shows the answer to another query than that token's."""
        changed = f"#lk-row-{methods()[0]} [data-token]:not([data-token='{token}'])"
        expect(self.page.locator(changed).first).to_be_visible(timeout=SLOW_MS)
        self.wait()

    def token(self) -> str:
        """Of the first method's answer; each answer has its own."""
        first = self.row(methods()[0]).locator("[data-token]").first
        return first.get_attribute("data-token") or ""

    def row(self, method: str) -> Locator:
        """A method's row in the comparison."""
        return self.page.locator(f"#lk-row-{method}")

    def choose_tab(self, method: str) -> Locator:
        """Show a method's tab; gives its list."""
        self.press_tab(registry.spec(method).title)
        return self.page.locator(f"#lk-list-{method}")

    def press_tab(self, title: str) -> None:
        """Press a tab; a page too narrow for all of them keeps the last ones in a menu."""
        tab = self.page.get_by_role("tab", name=title, exact=True)
        if not tab.is_visible():
            self.page.locator("#lk-tabs .overflow-menu > button").click()
            menu = self.page.locator("#lk-tabs .overflow-dropdown button")
            tab = menu.filter(has_text=re.compile(rf"^\s*{re.escape(title)}\s*$"))
        tab.click()

    def items(self, method: str) -> list[str]:
        """The ids in a row, best first."""
        cards = self.row(method).locator(".lk-pick").all()
        return [card.get_attribute("data-item") or "" for card in cards]
