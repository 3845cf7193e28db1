"""The documents tell the truth: generated parts are current, commands and snippets run."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml

import lookalike.cli as cli
from lookalike.encoders import registry as encoders
from lookalike.encoders.base import WeightsSpec
from tests.evaluation import samples

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
METHODS = (ROOT / "docs" / "methods.md").read_text("utf-8")
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


def test_generated_parts_of_the_methods_page_are_current():
    assert generator().generate_methods(METHODS) == METHODS, "run python docs/generate.py"


def test_the_expected_calibration_errors_are_those_of_the_shipped_indexes():
    text = (ROOT / "docs" / "calibration.md").read_text("utf-8")
    assert generator().generate_calibration(text) == text, "run python docs/generate.py"
    assert "| 0.0" in text


@pytest.mark.parametrize("name", encoders.names())
def test_every_method_has_a_section_that_says_what_it_sees_and_misses(name):
    title = re.escape(encoders.spec(name).title)
    marked = rf"## {title}\n\n<!-- about {name} -->\n.*?<!-- /about {name} -->\n(.*?)(?=^## |\Z)"
    section = re.search(marked, METHODS, re.S | re.M)
    assert section, f"docs/methods.md has no section for {name}"
    prose = section.group(1)
    how = prose.split("- **Sees**")[0]
    assert 2 <= len(re.findall(r"[.?](?:\s|$)", how)) <= 5 and len(prose.split()) >= 60
    for word in ("Sees", "Misses", "Wins"):
        assert prose.count(f"- **{word}** ") == 1


def test_the_methods_are_in_the_order_of_the_page():
    shown = re.findall("<!-- about (.*?) -->", METHODS)
    assert [name for name in shown if name in encoders.names()] == encoders.names()


def test_the_methods_pictures_are_small_and_shown():
    pictures = sorted((ROOT / "docs" / "methods").glob("*"))
    for path in pictures:
        assert path.suffix == ".png" and path.stat().st_size < 40_000, path.name
        assert f"](methods/{path.name})" in METHODS, path.name


def test_pictures_show_a_query_and_its_results_framed_by_right_and_wrong():
    from docs import pictures
    from lookalike.search import searcher

    answerer = searcher(pictures.GALLERY)
    queries = pictures._queries(answerer)
    assert [query.label for query in queries] == list(pictures.LABELS)
    shown = pictures.found(answerer, "autoencoder", queries)
    tile = pictures.SIDE + 2 * pictures.FRAME + 2
    assert shown.shape == (len(queries) * tile, 6 * tile + pictures.GAP, 3)
    for row, query in enumerate(queries):
        results = answerer.answer(query.photo(), "autoencoder", pictures.RESULTS).results
        for column, result in enumerate(results, 1):
            left = column * tile + pictures.GAP
            frame = shown[row * tile + 1, left + 1 : left + tile - 1].tolist()  # its upper edge
            right, wrong = (list(colour) for colour in (pictures.RIGHT, pictures.WRONG))
            if result.label == query.label:
                assert all(pixel == right for pixel in frame)
            else:
                assert wrong in frame and [255, 255, 255] in frame  # dashed


def test_figures_of_methods_are_those_of_the_reports(monkeypatch):
    parts = generator().method_figures
    whole = samples.typed(samples.report(("resnet", "sift")))
    others = samples.typed(samples.report(("resnet",), seed=1))
    found = {"fashion-mnist": whole, "caltech101": others}
    monkeypatch.setattr(parts, "report", found.get)
    classes = others.methods[0].groups["class"].values()
    even = [means.figures["precision@10"] for means in classes]
    both = f"0.929 / {sum(even) / len(even):.3f}"
    lines = {line.split("]")[0]: line for line in parts.comparison()}
    assert f"| 0.929 | {both} | – | – | 4.59 |" in lines["| [ResNet"]
    assert "| 0.512 | – | – | – | 27.9 |" in lines["| [SIFT"]
    assert "| – | – | – | – | – |" in lines["| [ViT"]
    assert f"- **P@10**: Fashion-MNIST 0.929, Caltech-101 {both}." in parts.about("resnet")
    changed = whole.robustness.rows[0].changes
    worst = max(found.loss.mean for found in changed.values())
    assert any(f"costs most, {worst:.3f} of P@10" in line for line in parts.about("resnet"))
    assert not any("P@10" in line or "Cost" in line for line in parts.about("vit"))


def test_the_size_of_weights_is_that_of_their_file():
    parts = generator().method_figures
    file = ROOT / "models" / "resnet" / "embedded" / "model.safetensors"
    size = parts.megabytes(encoders.weights_spec("resnet"))
    assert float(size) == pytest.approx(file.stat().st_size / 1e6, abs=0.05)
    assert float(parts.megabytes(encoders.weights_spec("efficientnet"))) > 10
    assert parts.megabytes(encoders.weights_spec("resnet", "hub")) == "–"
    nothing = WeightsSpec("none", "none", "", 3, 1, "", "")
    assert parts.megabytes(nothing) == "0.0"
    missing = WeightsSpec("embedded", "embedded", "nosuch/embedded", 3, 1, "", "")
    assert parts.megabytes(missing) == "–"


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


LIBRARY = README[README.index("## The library") : README.index("## The API")]
SNIPPETS = re.findall(r"```python\n(.*?)```", LIBRARY, re.S)


@pytest.mark.slow
def test_library_snippet_searches(tmp_path, monkeypatch, capsys):
    from lookalike.galleries.gallery import open_gallery

    item = open_gallery("things")[0]
    (tmp_path / "photo.jpg").write_bytes(item.image)
    monkeypatch.chdir(tmp_path)
    exec(compile(SNIPPETS[0], "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "resnet" in printed and "clip" in printed and item.label in printed


@pytest.mark.slow
def test_library_snippet_adds_and_indexes_a_folder(tmp_path, monkeypatch, home, pictures):
    from lookalike import photos
    from lookalike.search import search

    (tmp_path / "photos" / "cats").mkdir(parents=True)
    for number, picture in enumerate(pictures(5)):
        (tmp_path / "photos" / "cats" / f"{number}.png").write_bytes(photos.to_png(picture))
    monkeypatch.chdir(tmp_path)
    exec(compile(SNIPPETS[1], "README.md", "exec"), {})
    response = search(pictures(1)[0], "mine", ["hash", "pixels"], k=1, subject="whole")
    assert [answer.results[0].name for answer in response.answers] == ["cats/0.png"] * 2
