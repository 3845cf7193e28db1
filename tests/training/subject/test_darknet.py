"""Darknet's networks, against the same sums written out plainly."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from lookalike.errors import WeightsError
from lookalike.training.subject import coco
from lookalike.training.subject.darknet import Network, folded, sections

CFG = """
[net]
# a comment
width=32
height=32
channels=3

[convolutional]
batch_normalize=1
filters=4
size=3
stride=2
pad=1
activation=leaky

[route]
layers=-1
groups=2
group_id=1

[convolutional]
filters=3
size=1
stride=1
pad=1
activation=linear

[route]
layers = -1,0

[maxpool]
size=2
stride=2

[upsample]
stride=2

[convolutional]
size=1
stride=1
pad=1
filters=14
activation=linear

[yolo]
mask = 0,2
anchors = 4,6,  9,9,  20,12
classes=2
scale_x_y = 1.05
"""
SHAPES = [
    # in the file's order: the first convolution's shift, scale, mean, variance and weights
    *[(4,)] * 4,
    (4, 3, 3, 3),
    # bias and weights of the other two
    (3,),
    (3, 2, 1, 1),
    (14,),
    (14, 7, 1, 1),
]
ANCHORS = [(4, 6), (20, 12)]  # those of the mask


@pytest.fixture
def values():
    rng = np.random.default_rng(0)
    made = [rng.normal(0, 1, shape).astype(np.float32) for shape in SHAPES]
    made[3] = np.abs(made[3])  # a variance
    return [torch.from_numpy(one) for one in made]


@pytest.fixture
def file(values, tmp_path):
    path = tmp_path / "tiny.weights"
    head = np.array([0, 2, 0, 32013312, 0], "<i4")  # version 0.2.0, and 8 bytes of images seen
    body = b"".join(one.numpy().astype("<f4").tobytes() for one in values)
    path.write_bytes(head.tobytes() + body)
    return path


def plainly(values, photo):
    """What the cfg says, layer by layer: (1, 14, h, w)."""
    shift, scale, mean, variance, first, bias, second, last_bias, last = values
    x = functional.conv2d(photo, first, stride=2, padding=1)
    x = functional.leaky_relu(functional.batch_norm(x, mean, variance, scale, shift, eps=1e-6), 0.1)
    y = functional.conv2d(x[:, 2:], second, bias)
    z = functional.max_pool2d(torch.cat([y, x], 1), 2)
    z = z.repeat_interleave(2, 2).repeat_interleave(2, 3)
    return functional.conv2d(z, last, last_bias)


def decoded(cells):
    """Boxes and scores of the two anchors in each cell, cell by cell."""
    boxes, scores = [], []
    for place, (width, height) in enumerate(ANCHORS):
        for row in range(cells.shape[2]):
            for column in range(cells.shape[3]):
                tx, ty, tw, th, sure, *kinds = cells[0, place * 7 : place * 7 + 7, row, column]
                x = 2 * (column + sigmoid(tx) * 1.05 - 0.025)  # a cell is 2 pixels wide
                y = 2 * (row + sigmoid(ty) * 1.05 - 0.025)
                w, h = width * math.exp(tw), height * math.exp(th)
                boxes.append([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
                scores.append([sigmoid(sure) * sigmoid(kind) for kind in kinds])
    return np.array(boxes), np.array(scores)


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


@pytest.mark.parametrize("shape", [(32, 32), (16, 48)])  # the cfg's own, and another
def test_a_network_says_what_its_layers_say(values, file, shape):
    photo = torch.rand(1, 3, *shape, generator=torch.manual_seed(1))
    with torch.inference_mode():
        expected = decoded(plainly(values, photo).numpy())
        for network in (Network(CFG, file), folded(Network(CFG, file))):
            boxes, scores = network(photo)
            np.testing.assert_allclose(boxes.numpy(), expected[0], rtol=1e-4, atol=1e-4)
            np.testing.assert_allclose(scores.numpy(), expected[1], rtol=1e-4, atol=1e-5)


def test_a_cfg_is_read_in_its_order_without_comments():
    parts = sections(CFG)
    assert [part.kind for part in parts][:4] == ["net", "convolutional", "route", "convolutional"]
    assert parts[4].numbers("layers") == [-1, 0]
    assert parts[1].whole("groups", 1) == 1


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda content: content[:-4], "do not fit"),  # cut short
        (lambda content: content + bytes(4), "do not fit"),  # of a longer network
    ],
)
def test_weights_of_another_network_are_refused(file, harm, said):
    file.write_bytes(harm(file.read_bytes()))
    with pytest.raises(WeightsError, match=said):
        Network(CFG, file)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[upsample]", "[shortcut]", "shortcut"),  # a layer that nobody taught it
        ("activation=leaky", "activation=mish", "mish"),
        ("size=2\nstride=2", "size=2\nstride=1", "overlaps"),
    ],
)
def test_what_is_not_read_is_refused(old, new, said):
    assert old in CFG
    with pytest.raises(WeightsError, match=said):
        Network(CFG.replace(old, new))


def test_the_onnx_file_says_the_same_for_a_photo_of_any_size(file, tmp_path):
    import onnxruntime

    cfg = tmp_path / "tiny.cfg"
    cfg.write_text(CFG)
    coco.convert(cfg, file, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    network = Network(CFG, file)
    for shape in ((32, 32), (16, 48)):
        photo = torch.rand(1, 3, *shape, generator=torch.manual_seed(2))
        boxes, scores = session.run(None, {"photo": photo.numpy()})
        with torch.inference_mode():
            expected = network(photo)
        # None of these weights is large enough to be stored as int8.
        np.testing.assert_allclose(boxes, expected[0].numpy(), rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(scores, expected[1].numpy(), rtol=1e-4, atol=1e-5)


def test_int8_weights_are_off_by_half_a_step_at_most():
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    weights = np.random.default_rng(3).normal(0, 1, (8, 16, 3, 3)).astype(np.float32)
    weights[0] *= 100  # each channel has its own scale
    weights[1] = 0
    shape = helper.make_tensor_value_info("out", TensorProto.FLOAT, weights.shape)
    node = helper.make_node("Identity", ["w"], ["out"])
    graph = helper.make_graph([node], "g", [], [shape], [numpy_helper.from_array(weights, "w")])
    coco.quantise(graph)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", coco.OPSET)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (found,) = session.run(None, {})
    step = np.abs(weights).max(axis=(1, 2, 3), keepdims=True) / 127
    assert (np.abs(found - weights) <= step * 0.501).all()
    assert len(model.SerializeToString()) < weights.nbytes / 2
