"""What `--help` says of each command: plain words, its exit codes, an example that can be run."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from covid19_images.cli.app import app as library
from flows.cli.app import app as bot

APPS = {"covid19-images": library, "python -m flows": bot}


def commands(program: str) -> Iterator[tuple[str, Any]]:
    """List all commands of a program, also those of its groups."""

    def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        inner = getattr(command, "commands", {})
        for word, one in inner.items():
            yield from walk(f"{name} {word}", one)
        if not inner:
            yield name, command

    return walk(program, typer.main.get_command(APPS[program]))


ALL = [one for program in APPS for one in commands(program)]
LIBRARY = list(commands("covid19-images"))


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_command_says_its_exit_codes_and_explains_each_option(
    name: str, command: Any
) -> None:
    assert re.search(r"[Ee]xit codes(:\s(0 \w|2 usage)| as for \w)", command.help)
    unexplained = [one.name for one in command.params if not getattr(one, "help", None)]
    assert unexplained == []
    assert len(command.help.split("\n\n")[0]) <= 100


def test_one_option_is_explained_in_the_same_words_wherever_it_is() -> None:
    for option in ("source", "root", "html", "as_csv", "as_json", "checkout", "key"):
        words = {one.help for _, c in ALL for one in c.params if one.name == option}
        assert len(words) == 1, words


@pytest.mark.parametrize(("name", "command"), LIBRARY, ids=[name for name, _ in LIBRARY])
def test_the_example_of_a_command_is_understood_by_it(name: str, command: Any) -> None:
    [example] = re.findall(r"^Example: (.+)$", command.help, re.MULTILINE)
    assert example.startswith(f"{name} ")
    command.make_context(name, shlex.split(example.removeprefix(name)))


@pytest.mark.parametrize("program", APPS)
def test_help_has_no_frames_and_breaks_lines_where_they_are_full(program: str) -> None:
    name, _ = next(commands(program))
    words = name.removeprefix(program).split()
    shown = CliRunner().invoke(APPS[program], [*words, "--help"], terminal_width=80).stdout
    assert not re.search(r"[─│╭╰]", shown)
    assert max(map(len, shown.splitlines())) <= 80
