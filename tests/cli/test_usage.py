"""Every command explains itself at once, and wrong usage ends with exit code 2."""

import subprocess
import sys

import pytest
import typer

from lookalike import cli

COMMANDS = [
    ["search"],
    ["evaluate"],
    ["bench"],
    ["bench", "engines"],
    ["bench", "growth"],
    ["bench", "methods"],
    ["bench", "overhead"],
    ["gallery"],
    ["gallery", "build"],
    ["gallery", "add"],
    ["gallery", "remove"],
    ["gallery", "list"],
    ["index"],
    ["index", "build"],
    ["index", "calibrate"],
    ["index", "merge"],
    ["index", "verify"],
    ["index", "list"],
    ["labels"],
    ["labels", "export"],
    ["train"],
    ["train", "adapt"],
    ["train", "measure"],
    ["train", "model"],
    ["serve"],
]
ALL_HELP = f"""
import sys
from lookalike.cli import main
for command in [[], *{COMMANDS}]:
    sys.argv = ["lookalike", *command, "--help"]
    try:
        main()
    except SystemExit as stopped:
        assert not stopped.code, command
slow = {{"torch", "onnxruntime", "transformers", "gradio", "ultralytics", "sklearn", "datasets"}}
print("IMPORTED", sorted(slow & set(sys.modules)))
"""


def commands(group, names=()):
    """Every command and group of the command line, as its words."""
    for name, command in getattr(group, "commands", {}).items():
        yield [*names, name]
        yield from commands(command, (*names, name))


def test_the_list_above_is_complete(run):
    run("--help")  # registers the commands
    assert sorted(commands(typer.main.get_command(cli.app))) == sorted(COMMANDS)


def test_every_command_has_help_and_imports_no_model_library_for_it():
    ran = subprocess.run(
        [sys.executable, "-c", ALL_HELP], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("Usage:") == len(COMMANDS) + 1
    assert ran.stdout.splitlines()[-1] == "IMPORTED []"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search"], "There is nothing to search with."),
        (["search", "a.jpg", "--k", "ten"], "Invalid value for '--k'"),
        (["search", "a.jpg", "--k"], "requires an argument"),
        (["search", "a.jpg", "--methods", "vit"], "No such option"),
        (["search", "a.jpg", "b.jpg"], "unexpected extra argument"),
        (["serch", "a.jpg"], "No such command 'serch'"),
        (["gallery", "add", "folder"], "Missing option '--name'"),
        (["gallery", "delete"], "No such command 'delete'"),
        (["gallery", "remove", "mine"], "Missing argument"),
        (["labels", "export", "--format", "xml"], "Invalid value for '--format'"),
        (["serve", "--port", "http"], "Invalid value for '--port'"),
    ],
)
def test_wrong_usage_ends_with_2_and_no_traceback(run, arguments, message):
    ran = run(*arguments)
    assert ran.code == 2 and not ran.out
    assert message in " ".join(ran.err.replace("│", " ").split())
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("group", [[], ["gallery"], ["index"], ["labels"], ["train"]])
def test_a_group_by_itself_explains_itself(run, group):
    ran = run(*group)
    assert "Usage:" in ran.out + ran.err and "Traceback" not in ran.err
