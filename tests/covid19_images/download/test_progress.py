"""Progress is a bar on a terminal, and now and then a line in a log or a notebook."""

import io

from rich.console import Console

from covid19_images.download.progress import Display


def _shown(*, terminal: bool, line_every_s: float = 0.0) -> str:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=100, highlight=False)
    display = Display(console, line_every_s=line_every_s)
    display.begin(2, 2_000_000)
    display.add(1_000_000)
    display.note("The server is silent.")
    display("Preparing films", 5, 10)
    display.close()
    return text.getvalue()


def test_a_log_has_lines_and_no_control_codes() -> None:
    assert _shown(terminal=False).splitlines() == [
        "2 files, 2.0 MB to fetch.",
        "Fetching: 1.0 MB of 2.0 MB.",
        "The server is silent.",
        "Preparing films: 5 of 10.",
    ]


def test_a_log_is_not_filled_with_lines() -> None:
    assert len(_shown(terminal=False, line_every_s=60).splitlines()) == 2


def test_a_terminal_has_one_bar() -> None:
    shown = _shown(terminal=True)
    assert "\x1b[" in shown
    assert "Fetching" in shown
    assert "1.0/2.0 MB" in shown
