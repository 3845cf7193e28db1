"""Requests and answers that overtake each other: what the page shows in the end, and on the way."""

import json
import re

import pytest
from playwright.sync_api import expect

from lookalike.encoders import registry
from tests.ui.driving import methods

pytestmark = pytest.mark.browser

FIRST = methods()[0]
TRIALS = 8  # of choosing another subject while rows fill; left rows empty in 7 of 29 once
# Which drawing of a row each painted frame shows.
WATCH = """() => {
  window.seen = [];
  const look = () => {
    const html = document.querySelector('#lk-row-%s').innerHTML;
    const drawing = Number(/<!-- drawing (\\d+) -->/.exec(html)?.[1] ?? 0);
    if (window.seen.at(-1) !== drawing) window.seen.push(drawing);
    requestAnimationFrame(look);
  };
  look();
}"""

# The first answer that holds some words reaches the page after all others of its stream.
LAST = """
  const words = %s, fetched = window.fetch;
  window.heldBack = 0;
  window.fetch = async (...request) => {
    const response = await fetched(...request);
    if (!String(request[0].url ?? request[0]).includes('/queue/data')) return response;
    const decoder = new TextDecoder(), encoder = new TextEncoder();
    let rest = '', held = null;
    const late = new TransformStream({
      transform(chunk, controller) {
        rest += decoder.decode(chunk, { stream: true });
        const messages = rest.split('\\n\\n');
        rest = messages.pop();
        for (const message of messages) {
          const answers = message.includes('process_completed') && message.includes(words);
          if (answers && message.includes('lk-thumb') && !window.heldBack) {
            window.heldBack = 1;
            held = message;
            continue;
          }
          if (held && message.includes('close_stream')) {
            controller.enqueue(encoder.encode(held + '\\n\\n'));
          }
          controller.enqueue(encoder.encode(message + '\\n\\n'));
        }
      },
    });
    return new Response(response.body.pipeThrough(late), response);
  };
"""


class Held:
    """Answers to one listener that the browser gets later than they were sent."""

    def __init__(self, visitor, wanted) -> None:
        self.visitor = visitor
        self._wanted = wanted
        self._routes = []
        visitor.page.route("**/queue/join*", self._join)

    def _join(self, route) -> None:
        if self._wanted is None or not self._wanted(json.loads(route.request.post_data)):
            route.continue_()
            return
        self._wanted = None  # the first one only
        # The server has it, and the browser does not learn which event it is: what the event
        # brings waits in the browser.
        self._routes.append((route, route.fetch()))

    def wait(self) -> None:
        """Until the server has the request."""
        while not self._routes:
            self.visitor.page.wait_for_timeout(20)

    def release(self) -> None:
        """Let the browser go on."""
        for route, response in self._routes:
            route.fulfill(response=response)
        self._routes.clear()


def _listener(visitor, elem_id, event, writes=None):
    """Whether a request is for the listener of an element's event (that writes another one)."""
    config = visitor.page.evaluate("window.gradio_config")
    ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
    found = {
        one["id"]
        for one in config["dependencies"]
        if [ids[elem_id], event] in [list(target) for target in one["targets"]]
        and (writes is None or ids[writes] in one["outputs"])
    }
    assert found
    return lambda sent: sent["fn_index"] in found


def _answers(visitor, method):
    return _listener(visitor, "lk-turn", "change", f"lk-row-{method}")


def _whole(visitor):
    return visitor.page.get_by_label("Whole photo")


def _best(visitor):
    return visitor.page.get_by_label(re.compile("Subject 1 "))


def test_another_subject_while_rows_fill_leaves_no_row_searching(visitor, scene):
    visitor.search(scene)
    for trial in range(TRIALS):
        _whole(visitor).check()
        visitor.page.wait_for_timeout(40 * trial)  # some rows are there, others are not
        _best(visitor).check()
        visitor.wait()
        expect(_best(visitor)).to_be_checked()
        expect(visitor.page.locator(".lk-bar")).to_have_count(len(methods()))


def test_a_late_answer_is_never_shown_under_the_next_query(visitor, scene):
    visitor.search(scene)
    visitor.page.evaluate(WATCH % FIRST)
    held = Held(visitor, _answers(visitor, FIRST))
    _whole(visitor).check()
    held.wait()
    before = visitor.page.locator("#lk-turn textarea, #lk-turn input").input_value()
    _best(visitor).check()
    turn = visitor.page.locator("#lk-turn textarea, #lk-turn input")
    expect(turn).not_to_have_value(before)
    visitor.page.wait_for_timeout(500)
    expect(visitor.row(FIRST)).to_contain_text("searching")
    held.release()
    visitor.wait()
    seen = visitor.page.evaluate("window.seen")
    assert len(seen) > 2 and seen == sorted(seen)


def test_a_search_that_arrives_after_the_next_one_does_not_replace_it(visitor, scene):
    visitor.search(scene)
    held = Held(visitor, _listener(visitor, "lk-subjects", "input"))
    _whole(visitor).check()
    held.wait()
    visitor.page.get_by_role("button", name="Settings").click()
    slider = visitor.page.locator("#lk-settings input[type=number]")
    slider.fill("3")
    slider.press("Enter")
    slider.blur()
    expect(visitor.row(FIRST).locator(".lk-pick")).to_have_count(3)
    held.release()
    visitor.page.wait_for_timeout(500)
    visitor.wait()
    for method in methods():
        expect(visitor.row(method).locator(".lk-pick")).to_have_count(3)
    expect(_whole(visitor)).to_be_checked()
    expect(visitor.choose_tab(methods()[-1]).locator(".lk-pick")).to_have_count(3)


def test_a_chart_that_arrives_late_does_not_lose_the_others_bars(visitor, scene):
    title = registry.spec(FIRST).title
    visitor.page.add_init_script(LAST % json.dumps(f"Results of {title}"))
    visitor.open()
    visitor.search(scene)
    assert visitor.page.evaluate("window.heldBack") == 1
    expect(visitor.page.locator(".lk-bar")).to_have_count(len(methods()))
