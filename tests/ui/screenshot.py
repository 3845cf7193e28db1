"""Takes the README's picture: python -m tests.ui.screenshot [docs/screenshot.png]

It starts the page with a home of its own, searches with an example, and saves what a window of
1280 x 960 pixels shows.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.ui.driving import Visitor
from tests.ui.serving import CHROMIUM_ARGUMENTS, REPOSITORY, Server, chromium

SIZE = {"width": 1280, "height": 960}


def take(url: str, path: Path) -> None:
    """Search with the first example and save the picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        visitor = Visitor(browser.new_page(viewport=SIZE, color_scheme="light"), url)
        for _ in range(2):  # the second time, no method is cold
            visitor.page.get_by_role("button", name="Example 1:").click()
            visitor.wait()
            visitor.page.wait_for_timeout(1000)
        visitor.row("resnet").locator(".lk-up").first.click()
        visitor.page.mouse.move(0, 0)
        visitor.page.evaluate("document.activeElement.blur()")
        visitor.page.wait_for_timeout(500)
        visitor.page.screenshot(path=path)
        browser.close()


def main() -> None:
    """Start, take, stop."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs" / "screenshot.png"
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home))
        server.start()
        try:
            take(server.url, path)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
