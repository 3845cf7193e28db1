"""Of two drawings the later one has the higher number, whatever the clock does."""

from lookalike.ui import drawings


def test_numbers_only_rise_and_javascript_can_count_them(monkeypatch):
    first = drawings.number()
    monkeypatch.setattr(drawings.time, "time_ns", lambda: 0)  # the clock was set back
    numbers = [drawings.number() for _ in range(1000)]
    assert first < numbers[0] and numbers == sorted(set(numbers))
    assert numbers[-1] < 2**53


def test_no_two_drawings_are_equal():
    one, other = (drawings.stamped("<p>same</p>", drawings.number()) for _ in range(2))
    assert one != other and one.startswith("<p>same</p><!-- drawing ")
