"""The documents tell the truth: generated parts are current, commands and snippets run."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml

import lookalike.cli as cli

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_front_matter_is_space_yaml():
    front = README.split("---\n")[1]
    assert yaml.safe_load(front) == yaml.safe_load((ROOT / "space.yaml").read_text("utf-8"))


def test_space_runs_the_gradio_that_is_pinned():
    card = yaml.safe_load((ROOT / "space.yaml").read_text("utf-8"))
    assert f"gradio=={card['sdk_version']}" in (ROOT / "requirements.txt").read_text().split("\n")
    assert (ROOT / card["app_file"]).exists()


def test_generated_parts_of_the_readme_are_current():
    assert generator().generate(README) == README, "run python docs/generate.py"


def test_every_requirement_is_pinned_exactly():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    loose = [line for line in lines if line and not line.startswith("#") and "==" not in line]
    assert not loose


def commands():
    """Every `python -m lookalike …` line of the documents."""
    lines = [
        line.strip()
        for document in DOCUMENTS
        for line in document.read_text("utf-8").splitlines()
        if line.strip().startswith("python -m lookalike")
    ]
    return sorted({line for line in lines if "<" not in line})


@pytest.mark.parametrize("line", commands())
def test_documented_commands_exist(line):
    """Each command and option is one that the command line has; nothing is run."""
    cli._register()
    command = typer.main.get_command(cli.app)
    words = shlex.split(line)[3:]
    context = None
    while hasattr(command, "commands"):
        context = typer.Context(command, info_name=words[0], parent=context)
        _, command, words = command.resolve_command(context, words)
    command.make_context(command.name, words, parent=context)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8"))
    broken = [
        link
        for link in links
        if not link.startswith(("http://", "https://")) and not (document.parent / link).exists()
    ]
    assert not broken


def test_library_snippet_runs(tmp_path, monkeypatch, capsys):
    from lookalike.galleries.gallery import open_gallery

    snippet = re.search(r"## The library\n\n```python\n(.*?)```", README, re.S).group(1)
    (tmp_path / "photo.jpg").write_bytes(open_gallery("fashion-mnist").queries()[0].image)
    monkeypatch.chdir(tmp_path)
    exec(compile(snippet, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "resnet" in printed and "clip" in printed and "Ankle boot" in printed
