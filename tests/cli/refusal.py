"""How the command line refuses."""


def check_refusal(ran, message):
    """Exit code 2, nothing on standard output, and two lines: what is wrong and what to do."""
    assert ran.code == 2 and not ran.out
    first, second, *rest = ran.err.splitlines()
    assert first.startswith("Error: ") and message in first and first.endswith(".")
    assert second.endswith(".") and not rest
