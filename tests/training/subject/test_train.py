"""Training the subject detector, on a handful of tiny composites."""

import json
from dataclasses import replace

import cv2
import numpy as np
import onnxruntime
import pytest
import torch

from lookalike import cards
from lookalike.detectors import yolo
from lookalike.errors import LookalikeError
from lookalike.settings import settings
from lookalike.training.subject import photographs, sources, train
from lookalike.training.subject.composite_set import _chosen, load_batch, read_boxes, render
from lookalike.training.subject.export import halve
from lookalike.training.subject.recipe import RECIPE as SHIPPED
from lookalike.training.subject.recipe import rate_at

RECIPE = replace(
    SHIPPED,
    pictures=8,
    easier=4,
    picture_side=96,
    steps=4,
    batch=4,
    side=64,
    first_side=32,
    warmup=2,
    report=1,
    compiled=False,
)


@pytest.fixture
def found():
    cut = np.zeros((40, 40, 4), np.uint8)
    cut[8:32, 5:35] = (200, 40, 40, 255)
    plain = np.full((40, 40, 3), 255, np.uint8)
    plain[8:32, 5:35] = 60
    scenery = np.random.default_rng(0).integers(0, 256, (400, 400, 3)).astype(np.uint8)
    return sources.Sources(
        [lambda: cut], [lambda: scenery], [lambda: plain], [lambda: cut[..., 0]], [lambda: cut]
    )


@pytest.fixture
def pictures(found, tmp_path):
    render(tmp_path / "pictures", found, RECIPE)
    return tmp_path / "pictures"


def silent(line):
    pass


def stop_at(step):
    def say(line):
        if line.startswith(f"step {step},"):
            raise KeyboardInterrupt

    return say


def weights(run):
    return {name: value.clone() for name, value in run.average.ema.state_dict().items()}


def test_the_set_is_drawn_once(found, pictures):
    first = pictures / "000003.jpg"
    before = first.read_bytes()
    first.write_bytes(b"")
    render(pictures, found, RECIPE)
    assert first.read_bytes() == b""  # kept as it is
    render(pictures, found, replace(RECIPE, picture_side=97))
    render(pictures, found, RECIPE)  # another set was there: drawn again, the same
    assert first.read_bytes() == before


def test_a_batch_holds_the_boxes_where_the_pictures_are(pictures):
    listing = json.loads((pictures / "boxes.json").read_text())["boxes"]
    listing = [[[10, 20, 40, 60]]] * len(listing)
    for index in range(len(listing)):  # a white slab on black, under every box
        photo = np.zeros((96, 80, 3), np.uint8)
        photo[20:60, 10:40] = 255
        cv2.imwrite(str(pictures / f"{index:06d}.jpg"), photo)
    batch = load_batch(pictures, listing, 3, RECIPE)
    assert batch["img"].shape == (4, 3, 64, 64)
    for row, sheet in enumerate(batch["img"].numpy()):
        x, y, width, height = batch["bboxes"][row].numpy() * 64
        seen = (sheet > 0.7).all(axis=0)
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        edges = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        box = x - width / 2, y - height / 2, x + width / 2, y + height / 2
        assert np.abs(np.subtract(edges, box)).max() < 1.5


@pytest.mark.slow
def test_a_stopped_run_goes_on_to_the_same_weights(pictures, tmp_path):
    straight = train.fit(pictures, tmp_path / "a.pt", RECIPE, False, silent)
    with pytest.raises(KeyboardInterrupt):
        train.fit(pictures, tmp_path / "b.pt", RECIPE, False, stop_at(2))
    said = []
    resumed = train.fit(pictures, tmp_path / "b.pt", RECIPE, True, said.append)
    assert said[0] == "resumed at step 2"
    expected, got = weights(straight), weights(resumed)
    assert all(np.array_equal(expected[name], got[name]) for name in expected)
    assert [row[:2] for row in resumed.state["curve"]] == [[1, 32], [2, 32], [3, 64], [4, 64]]


def test_without_resume_a_run_starts_again(pictures, tmp_path):
    recipe = replace(RECIPE, steps=1)
    train.fit(pictures, tmp_path / "c.pt", recipe, False, silent)
    again = train.fit(pictures, tmp_path / "c.pt", recipe, False, silent)
    assert [row[0] for row in again.state["curve"]] == [1]


def test_a_run_can_start_from_published_weights_and_says_what_they_say(pictures, tmp_path):
    published = yolo.embedded_file()
    still = replace(RECIPE, steps=0)
    run = train.fit(pictures, tmp_path / "d.pt", still, False, silent, published)
    side = yolo.EMBEDDED.input_size
    photo = np.random.default_rng(0).random((1, 3, side, side), dtype=np.float32)
    session = onnxruntime.InferenceSession(published)
    (expected,) = session.run(None, {"images": photo})
    with torch.inference_mode():
        got, _ = run.average.ema.eval()(torch.from_numpy(photo))
    assert np.abs(got.numpy() - expected).max() < 1e-3 * np.abs(expected).max()
    assert run.state["started_from"] == {"sha256": cards.verify(published.parent)["sha256"]}


def test_started_weights_are_normalised_by_what_passes_through_them(pictures, tmp_path):
    still = replace(RECIPE, steps=0)
    run = train.fit(pictures, tmp_path / "e.pt", still, False, silent, yolo.embedded_file())
    boxes = read_boxes(pictures)
    batches = [load_batch(pictures, boxes, step, still)["img"] for step in range(train.MEASURED)]
    with torch.inference_mode():
        first = run.model.eval().model[0]
        passed = first.conv(torch.cat(batches))
        found = passed.mean((0, 2, 3)), passed.var((0, 2, 3), correction=0)
    for kept, value in zip((first.bn.running_mean, first.bn.running_var), found, strict=True):
        assert torch.allclose(kept, value, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("step", "share"),
    [
        (0, 0.01),  # warm-up starts low
        (99, 1.0),  # and ends at the top
        (550, 0.51),  # half-way down the cosine
        (1000, 0.02),  # its end
    ],
)
def test_rate(step, share):
    recipe = replace(SHIPPED, steps=1000, warmup=100, rate=1.0)
    assert rate_at(step, recipe) == pytest.approx(share, abs=1e-6)


def test_every_epoch_sees_every_picture_once():
    recipe = replace(SHIPPED, batch=5)
    for epoch in (0, 1):
        steps = range(4 * epoch, 4 * epoch + 4)
        seen = [index for step in steps for index in _chosen(step, 20, recipe)]
        assert sorted(seen) == list(range(20))


@pytest.mark.slow
def test_what_is_published_can_be_loaded_and_says_what_it_is(found, tmp_path, home, monkeypatch):
    monkeypatch.setattr(sources, "find", lambda data, split: found)
    monkeypatch.setattr(photographs, "find", lambda data, detector: found.photographs)
    monkeypatch.setattr(photographs, "with_objects", lambda data: [])
    output = home / "models" / yolo.EMBEDDED.location
    side = yolo.EMBEDDED.input_size
    recipe = replace(RECIPE, steps=1, picture_side=side, side=side, first_side=side)
    train.train(output, data=tmp_path, recipe=recipe, say=silent)
    assert (home / "runs" / "subject" / "checkpoint.pt").exists()
    card = cards.verify(output)
    assert card["input_size"] == side
    assert card["settings"]["seed"] == card["seed"] == recipe.seed
    assert len(card["training_curve"]) == 1
    assert "GPL-2" in card["data_licences"].values()
    assert (output / "README.md").read_text().startswith("# YOLO11n")
    assert (output / "model.onnx").stat().st_size < 10 * 2**20
    detector = yolo.Yolo(confidence=0.0)
    assert len(detector.propose(np.zeros((50, 80, 3), np.uint8))) > 1  # untrained: anything


def test_half_weights_give_nearly_the_same(tmp_path):
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    weight = rng.normal(size=(32, 16)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 32])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 16])],
        [numpy_helper.from_array(weight, "w")],
    )
    halve(graph)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    assert {tensor.data_type for tensor in graph.initializer} == {TensorProto.FLOAT16}
    x = rng.normal(size=(1, 32)).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    np.testing.assert_allclose(session.run(None, {"x": x})[0], x @ weight, atol=0.02)


def test_a_missing_export_library_is_named_before_training(monkeypatch, tmp_path):
    monkeypatch.setattr(train, "find_spec", lambda name: None)
    with pytest.raises(LookalikeError) as caught:
        train.train(tmp_path)
    assert caught.value.hint == "Install it: pip install onnx onnxslim."
    assert not (settings().home / "runs").exists()
