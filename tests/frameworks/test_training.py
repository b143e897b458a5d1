"""An epoch of a small model through each framework, and its loss falls."""

from collections.abc import Sequence

import numpy as np
import pytest

import covid19_images as c19
from covid19_images.download.copy import LocalCopy

SMALL = {"size": 32, "sources": "journal"}


def falls(losses: Sequence[float]) -> bool:
    """Return whether the last third of an epoch is below its first third."""
    third = len(losses) // 3
    assert third >= 3
    assert np.isfinite(losses).all()
    return bool(np.mean(losses[-third:]) < 0.9 * np.mean(losses[:third]))


def _train(loader, *, loss_of=None) -> list[float]:
    """One epoch of a linear model in PyTorch."""
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(2))
    loss_of = loss_of or torch.nn.CrossEntropyLoss()
    optimiser = None
    losses = []
    for images, targets in loader:
        loss = loss_of(model(images - 0.4), targets)
        optimiser = optimiser or torch.optim.Adam(model.parameters(), lr=0.01)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


def test_pytorch_with_a_balanced_sampler(copy: LocalCopy) -> None:
    import torch

    train = c19.torch.dataset("xray", "train", root=copy.folder, augment="light", **SMALL)
    sampler = c19.torch.sampler(train, length=80)
    assert falls(_train(torch.utils.data.DataLoader(train, batch_size=4, sampler=sampler)))


def test_tensorflow_and_keras(copy: LocalCopy) -> None:
    import keras

    keras.utils.set_random_seed(0)
    train = c19.tensorflow.dataset(
        "xray", "train", root=copy.folder, batch_size=4, augment="light", **SMALL
    )
    model = keras.Sequential(
        [keras.layers.Rescaling(1.0, -0.4), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    losses = []
    watch = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda _, logs: losses.append(logs["loss"])
    )
    weights = c19.tensorflow.class_weight("xray", root=copy.folder, **SMALL)
    model.fit(train.repeat(2), epochs=1, verbose=0, callbacks=[watch], class_weight=weights)
    # Keras tells the mean so far: it falls when the loss does.
    assert losses[-1] < 0.9 * losses[1]


def test_fastai_with_a_learner(copy: LocalCopy) -> None:
    import fastai.callback.progress  # noqa: F401  gives learners no_bar
    import torch
    from fastai.learner import Learner
    from fastai.metrics import accuracy

    torch.manual_seed(0)
    loaders = c19.fastai.dataloaders("xray", root=copy.folder, bs=4, **SMALL)
    assert loaders.vocab == ["negative", "positive"]
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32 * 32, 2))
    learner = Learner(loaders, model, metrics=accuracy)
    with learner.no_bar(), learner.no_logging():
        learner.fit(3, 0.01)
    assert falls([float(loss) for loss in learner.recorder.losses])
    assert learner.recorder.values[-1][-1] > 0.7


def test_fastai_shows_a_batch(copy: LocalCopy) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    loaders = c19.fastai.dataloaders("xray", root=copy.folder, bs=4, **SMALL)
    loaders.show_batch(max_n=4)
    titles = {axes.get_title() for axes in plt.gcf().axes}
    plt.close("all")
    assert titles <= {"negative", "positive"}
    assert titles


def test_hugging_face_with_pytorch(copy: LocalCopy) -> None:
    import torch

    train = c19.huggingface.dataset("xray", "train", root=copy.folder, images="ready", **SMALL)

    def together(rows):
        images = np.stack([row["image"] for row in rows])[:, None]
        return torch.from_numpy(images / np.float32(255)), torch.tensor([r["label"] for r in rows])

    generator = torch.Generator().manual_seed(0)
    loader = torch.utils.data.DataLoader(
        train, batch_size=4, shuffle=True, collate_fn=together, generator=generator
    )
    assert falls(_train([batch for _ in range(2) for batch in loader]))


def test_jax(copy: LocalCopy) -> None:
    import jax
    import jax.numpy as jnp

    def loss_of(weights, images, targets):
        logits = (images - 0.4).reshape(len(images), -1) @ weights
        return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(len(targets)), targets])

    step = jax.jit(jax.value_and_grad(loss_of))
    weights = jnp.zeros((32 * 32, 2))
    losses = []
    for images, targets in c19.jax.batches(
        "xray", "train", root=copy.folder, batch_size=4, epochs=2, drop_last=True, **SMALL
    ):
        loss, gradient = step(weights, images, targets)
        weights -= 0.02 * gradient
        losses.append(float(loss))
    assert falls(losses)


def test_grain(copy: LocalCopy) -> None:
    import grain

    source = c19.jax.source("xray", "train", root=copy.folder, **SMALL)
    batches = list(grain.MapDataset.source(source).shuffle(seed=0).batch(4))
    assert sum(len(batch["label"]) for batch in batches) == len(source)


def test_webdataset_with_pytorch(copy: LocalCopy) -> None:
    import torch

    train = c19.webdataset.dataset("xray", "train", root=copy.folder, **SMALL)
    loader = torch.utils.data.DataLoader(train.batched(4), batch_size=None)
    batches = [batch for _ in range(2) for batch in loader]
    assert {(x.dtype, y.dtype) for x, y in batches} == {(torch.float32, torch.int64)}
    assert falls(_train(batches))


def test_webdataset_urls_hold_one_split_and_nothing_else(copy: LocalCopy) -> None:
    import webdataset as wds

    for side in ("train", "test"):
        features = c19.select("xray", side, root=copy.folder, **SMALL)
        urls = c19.webdataset.urls("xray", side, root=copy.folder, **SMALL)
        rows = list(wds.WebDataset(urls, shardshuffle=False).decode("l8"))
        assert sorted(row["json"]["key"] for row in rows) == sorted(r.key for r in features.records)
        assert {row["json"]["split"] for row in rows} == {side}
        assert {row["png"].dtype for row in rows} == {np.dtype(np.uint8)}


def test_monai_with_its_transforms(copy: LocalCopy) -> None:
    import torch
    from monai.data import DataLoader
    from monai.transforms import RandRotated

    turn = RandRotated(keys="image", range_x=0.1, prob=0.5)
    train = c19.monai.dataset("xray", "train", root=copy.folder, transform=turn, **SMALL)
    torch.manual_seed(0)
    loader = DataLoader(train, batch_size=4, shuffle=True)
    batches = [(torch.as_tensor(b["image"]), b["label"]) for _ in range(2) for b in loader]
    assert falls(_train(batches))


def test_findings_are_learnt_where_they_are_known(copy: LocalCopy) -> None:
    import torch

    train = c19.torch.dataset("xray", "train", label="findings", root=copy.folder, **SMALL)
    assert torch.isnan(train.targets).any()
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32 * 32, len(train.classes)))
    images, targets = next(iter(torch.utils.data.DataLoader(train, batch_size=8)))
    loss = c19.torch.masked_bce(model(images), targets)
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())
    nothing = torch.full((2, len(train.classes)), float("nan"))
    assert c19.torch.masked_bce(torch.zeros_like(nothing), nothing) == 0


@pytest.mark.parametrize("workers", [0, 2])
def test_a_sampler_draws_the_same_with_any_number_of_workers(copy: LocalCopy, workers: int) -> None:
    from torch.utils.data import DataLoader

    train = c19.torch.dataset("xray", "train", with_key=True, root=copy.folder, **SMALL)
    context = "spawn" if workers else None
    loader = DataLoader(
        train,
        batch_size=6,
        num_workers=workers,
        sampler=c19.torch.sampler(train, seed=7),
        multiprocessing_context=context,
    )
    first, second = ([key for _, _, keys in loader for key in keys] for _ in range(2))
    expected = list(c19.torch.sampler(train, seed=7))
    assert first == [train.records[at].key for at in expected]
    assert first != second


def test_workers_do_not_repeat_each_others_augmentation(copy: LocalCopy) -> None:
    import torch
    from torch.utils.data import DataLoader

    torch.manual_seed(0)
    train = c19.torch.dataset("xray", "train", augment=True, root=copy.folder, **SMALL)
    loader = DataLoader(train, batch_size=6, num_workers=2, multiprocessing_context="spawn")
    epochs = [torch.cat([images for images, _ in loader]) for _ in range(2)]
    same = (epochs[0] == epochs[1]).flatten(1).all(1)
    assert not same.any()


def test_augmentation_draws_the_same_with_any_number_of_workers(copy: LocalCopy) -> None:
    import torch
    from torch.utils.data import DataLoader

    found = []
    for workers in (0, 1, 2):
        train = c19.torch.dataset("xray", "train", augment=True, root=copy.folder, **SMALL)
        context = "spawn" if workers else None
        loader = DataLoader(
            train, batch_size=6, num_workers=workers, multiprocessing_context=context
        )
        found.append([torch.cat([images for images, _ in loader]) for _ in range(2)])
    assert all(torch.equal(found[0][epoch], one[epoch]) for one in found for epoch in (0, 1))


def test_weights_count_each_class_alike(copy: LocalCopy) -> None:
    train = c19.torch.dataset(root=copy.folder, size=32)
    weights = c19.torch.class_weights(train)
    counts = np.bincount(train.targets.numpy())
    assert (weights.numpy() * counts) == pytest.approx([counts.sum() / 2] * 2)


def test_hugging_face_splits_are_kept_and_labels_are_named(copy: LocalCopy) -> None:
    found = c19.huggingface.dataset("xray", root=copy.folder, **SMALL)
    assert set(found) == {"train", "validation", "test"}
    for side, part in found.items():
        features = c19.select("xray", side, root=copy.folder, **SMALL)
        assert part["key"] == [record.key for record in features.records]
        assert part.features["label"].names == ["negative", "positive"]
        assert part[0]["image"].mode == "L"


@pytest.mark.parametrize(
    ("framework", "kind"),
    [
        ("torch", "Images"),
        ("tensorflow", "_PrefetchDataset"),
        ("huggingface", "Dataset"),
        ("jax", "generator"),
        ("webdataset", "WebDataset"),
        ("monai", "Dataset"),
        ("numpy", "Arrays"),
    ],
)
def test_load_gives_what_each_framework_calls_a_data_set(
    copy: LocalCopy, framework: str, kind: str
) -> None:
    found = c19.load("xray", "train", framework=framework, root=copy.folder, **SMALL)
    assert type(found).__name__ == kind
