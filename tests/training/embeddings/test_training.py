"""Every recipe learns, and a run that was stopped ends as one that was not."""

from importlib import import_module
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

from lookalike import cards
from lookalike.encoders import registry as encoders
from lookalike.encoders.networks.blocks import centred
from lookalike.errors import LookalikeError, UnknownNameError, WeightsError
from lookalike.training import registry
from lookalike.training.embeddings import batches, blending, loop, pictures, recipe, run
from tests.training import toys

DATA = Path("unused")
PLAIN = "resnet-pretraining"  # begins with nothing


@pytest.fixture(autouse=True)
def toy_sets(monkeypatch):
    """On one thread: more only wait for each other."""
    toys.install(monkeypatch)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def short(name, epochs=3, **changes):
    """The shipped recipe, with small batches and few of them."""
    whole = recipe.read(registry.recipe_of(name))
    per_set = dict.fromkeys(whole.data.batch, 12)
    views = min(2, whole.data.teacher_views)
    small = {"first_side": 32 if whole.data.first_side else 0}
    data = whole.data.model_copy(update={"batch": per_set, "teacher_views": views} | small)
    schedule = whole.schedule.model_copy(update={"epochs": epochs, "steps": 4, "stop": 0})
    return whole.model_copy(update={"data": data, "schedule": schedule} | changes)


def train(name, output, **changes):
    run.train(short(name, **changes), output, DATA)
    return output


def train_at_home(name, home, **changes):
    """With what it begins with, shortly trained too."""
    start = recipe.read(registry.recipe_of(name)).start
    if start:
        train_at_home(start, home, epochs=1)
    return train(name, home / "models" / name / "embedded", **changes)


def load(name):
    """The encoder with the weights in the home folder."""
    module = import_module(f"lookalike.encoders.{name}")
    return getattr(module, encoders.ENCODERS[name])(encoders.weights_spec(name))


def losses(folder):
    return cards.read(folder)["training_curve"]


@pytest.mark.slow
@pytest.mark.parametrize("name", registry.MODELS)
def test_a_recipe_lowers_its_loss_and_its_encoder_loads(name, home):
    folder = train_at_home(name, home)
    card = cards.verify(folder)
    assert losses(folder)[-1] < losses(folder)[0]
    data = card["recipe"]["data"]
    missing = sum(pictures.left_out(toys.picture_set(one)).sum() for one in data["batch"])
    assert card["images"] == 48 * len(data["batch"]) - missing * data["leave_out"]
    assert len((folder / "curves.csv").read_text().splitlines()) == 4
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    if registry.MODELS[name].shipped:
        encoder = load(name)
        weights = encoders.weights_spec(name)
        vectors = encoder.encode(list(toys.picture_set("caltech101").pixels[:2]))
        assert vectors.shape == (2, weights.dimension)
        assert encoder.weights.sha256 == card["sha256"]
        assert card["input_size"] == weights.input_size


@pytest.mark.slow
def test_a_card_tells_what_its_start_took_and_who_taught_it(home):
    started = train_at_home("barlow", home, epochs=1)
    first = cards.read(registry.find("barlow-pretraining"))
    card = cards.read(started)
    assert card["start_epochs"] == 1
    assert card["start_seconds"] == first["seconds"]
    assert card["teacher"].startswith("EfficientNet-Lite0")


def test_what_is_frozen_stays_as_it_was(tmp_path):
    whole = short("resnet-pretraining", epochs=1)
    frozen = whole.model_copy(update={"frozen": ["features.0.", "features.1."]})
    torch.manual_seed(0)
    objective, _ = run.build(frozen, batches.feed(frozen, DATA))
    before = {name: tensor.clone() for name, tensor in objective.network.state_dict().items()}
    feed = batches.feed(frozen, DATA)
    loop.fit(objective, feed, frozen, tmp_path / "c.pt", report=lambda row: None)
    changed = {
        name.rsplit(".", 1)[0]
        for name, tensor in objective.network.state_dict().items()
        if not torch.equal(tensor, before[name])
    }
    assert not changed & {"features.0", "features.1"}  # the running means of 1 neither
    assert {"features.3.body.0", "features.3.body.1", "head"} <= changed


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_blended_weights_lie_between_and_are_measured_anew(share, home):
    earlier = train("resnet-pretraining", home / "earlier", epochs=1)
    whole = short("resnet-pretraining")
    feed = batches.feed(whole, DATA)
    torch.manual_seed(5)
    objective, _ = run.build(whole, feed)
    own = {name: tensor.clone() for name, tensor in objective.network.state_dict().items()}
    blending.blend(objective, earlier, share, feed, epoch=9)
    known, made = load_file(earlier / "model.safetensors"), objective.network.state_dict()
    for name in ("head.weight", "features.4.body.1.weight"):
        wanted = share * own[name] + (1 - share) * known[name].float()
        torch.testing.assert_close(made[name], wanted)
    first = objective.network.features[0]
    means = [
        first(centred(feed.batch(9, step).views[0])).mean((0, 2, 3))
        for step in range(blending.BATCHES)
    ]
    torch.testing.assert_close(made["features.1.running_mean"], torch.stack(means).mean(0))


def test_another_network_is_not_blended_with(home):
    earlier = train("vit-pretraining", home / "earlier", epochs=1)
    whole = short("resnet-pretraining")
    feed = batches.feed(whole, DATA)
    objective, _ = run.build(whole, feed)
    with pytest.raises(LookalikeError, match="of this size"):
        blending.blend(objective, earlier, 0.5, feed, epoch=9)


def test_frozen_layers_that_do_not_exist_are_named():
    whole = short("resnet-pretraining").model_copy(update={"frozen": ["wings."]})
    with pytest.raises(LookalikeError, match=r"wings\."):
        run.build(whole, batches.feed(whole, DATA))


@pytest.mark.slow
def test_a_stopped_run_ends_as_one_that_was_not(tmp_path, monkeypatch, fresh_settings):
    whole = train(PLAIN, tmp_path / "whole")

    fresh_settings(HOME=tmp_path / "home")  # its checkpoints are its own
    save, saved = loop._Run.save, []

    def stop_after_two(self):
        save(self)
        saved.append(None)
        if len(saved) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop._Run, "save", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        train(PLAIN, tmp_path / "stopped")
    assert not (tmp_path / "stopped").exists()
    resumed = train(PLAIN, tmp_path / "stopped")

    assert len(saved) == 3
    assert cards.read(resumed)["sha256"] == cards.read(whole)["sha256"]
    assert losses(resumed) == losses(whole)


@pytest.mark.slow
def test_another_recipe_does_not_go_on_from_the_checkpoint(tmp_path):
    train(PLAIN, tmp_path / "first", epochs=1)
    objective = recipe.read(registry.recipe_of(PLAIN)).objective | {"smoothing": 0.2}
    second = train(PLAIN, tmp_path / "second", epochs=1, objective=objective)
    assert cards.read(second)["recipe"]["objective"]["smoothing"] == 0.2
    assert losses(second) != losses(tmp_path / "first")


class Counting(loop.Objective):
    """Its one number is the number of steps; the loss pulls it up by one each."""

    def __init__(self):
        super().__init__()
        self.network = torch.nn.Linear(1, 1)
        self.register_buffer("steps", torch.zeros(()))

    def forward(self, batch, generator):
        self.steps += 1
        return self.network(torch.ones(1, 1)).square().sum()


class NoPictures:
    fingerprint = "toys"

    def batch(self, epoch, step):
        return batches.Batch([], *(torch.zeros(1) for _ in range(4)))


@pytest.mark.parametrize(
    ("scores", "epochs", "best"),
    [
        ([0.1, 0.2, 0.3, 0.4, 0.5], 5, 5),  # better every time
        ([0.1, 0.5, 0.2, 0.3, 0.4], 4, 2),  # two in vain end it, and the best is kept
        ([0.5, 0.5, 0.5, 0.5, 0.5], 3, 1),  # as good is not better
    ],
)
def test_early_stopping_keeps_the_best_epoch(scores, epochs, best, tmp_path):
    schedule = recipe.Schedule(epochs=5, steps=2, patience=2)
    settings = recipe.Recipe(model="toy", data=recipe.Data(batch={}), schedule=schedule)
    told = iter(scores)
    objective = Counting()
    progress = loop.fit(
        objective, NoPictures(), settings, tmp_path / "c.pt", lambda embed: {"score": next(told)}
    )
    assert len(progress.curve) == epochs
    assert progress.best == best - 1
    assert objective.steps == best * 2


def test_a_run_that_stops_half_way_keeps_its_last_epoch(tmp_path):
    schedule = recipe.Schedule(epochs=5, steps=2, stop=3)
    settings = recipe.Recipe(model="toy", data=recipe.Data(batch={}), schedule=schedule)
    told = iter([0.5, 0.4, 0.3])
    objective = Counting()
    progress = loop.fit(
        objective, NoPictures(), settings, tmp_path / "c.pt", lambda embed: {"score": next(told)}
    )
    assert (len(progress.curve), progress.best, int(objective.steps)) == (3, 2, 6)


@pytest.mark.parametrize(
    ("step", "share"),
    [
        (0, 1 / 101),  # warm-up starts low
        (100, 1.0),  # and ends at the top
        (550, 0.5),  # half-way down the cosine
        (1000, 0.0),  # its end
    ],
)
def test_rate(step, share):
    schedule = recipe.Schedule(epochs=10, steps=100, warm_up=0.1)
    assert loop.rate_at(step, schedule) == pytest.approx(share, abs=1e-6)


def test_unknown_models_are_refused():
    with pytest.raises(UnknownNameError, match="resnet"):
        registry.train("no-such")


def test_a_model_that_another_begins_with_is_asked_for(tmp_path, fresh_settings):
    fresh_settings(ASSETS=tmp_path)
    whole = recipe.Recipe.model_validate(
        {"model": "resnet", "start": "resnet", "network": {"dimension": 8},
         "data": {"batch": {"caltech101": 4}}, "schedule": {"epochs": 1}}
    )  # fmt: skip
    with pytest.raises(WeightsError, match="resnet"):
        run.train(whole, tmp_path / "out", DATA)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"network": {"dimension": 8, "wings": 2}}, "wings"),  # the network takes no such setting
        ({"objective": {"dimension": 8, "anger": 1}}, "anger"),  # nor the objective
    ],
)
def test_settings_that_do_not_fit_are_refused(change, said, tmp_path):
    with pytest.raises(LookalikeError, match=said):
        run.train(short(PLAIN, **change), tmp_path, DATA)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model: [", "not YAML"),  # damaged
        ("model: resnet\nschedule: {epochs: 1}\n", "data"),  # a part is missing
        (
            "model: resnet\ndata: {batch: {}}\nschedule: {epochs: 1, speed: 3}\n",
            "schedule.speed",
        ),  # a name that does not exist
    ],
)
def test_recipes_that_cannot_be_used_are_refused(text, said, tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_text(text)
    with pytest.raises(LookalikeError, match=said):
        recipe.read(file)
    with pytest.raises(LookalikeError, match="cannot be read"):
        recipe.read(tmp_path / "none.yaml")


@pytest.mark.parametrize("name", registry.MODELS)
def test_shipped_recipes_are_of_their_models(name):
    file = registry.recipe_of(name)
    assert recipe.read(file).model == name
    assert recipe.read(file).data.side == yaml.safe_load(file.read_text())["data"]["side"]
