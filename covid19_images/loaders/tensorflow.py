"""TensorFlow and Keras: `model.fit(c19.tensorflow.dataset("xray", "train"))`."""

from typing import TYPE_CHECKING, Any, Unpack

from covid19_images.dataset import arguments
from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.draws import Draws
from covid19_images.dataset.options import ModalityName, Options, Split
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.dataset.volume_options import VolumeOptions, select_volumes
from covid19_images.dataset.volumes import VolumeSelection, channels_last
from covid19_images.download.squares import as_floats
from covid19_images.loaders.framework import require

if TYPE_CHECKING:
    import tensorflow as tf


def dataset(
    modality: ModalityName | str = "all",
    split: Split = None,
    *,
    batch_size: int = 32,
    shuffle: bool | None = None,
    channels: int = 1,
    **options: Unpack[Options],
) -> "tf.data.Dataset":
    """Return a batched and prefetched `tf.data.Dataset` of (images, targets).

    Images are float32, shape (batch, size, size, channels), from 0 to 1.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        batch_size: Images in a batch; the last one may be smaller.
        shuffle: Whether every epoch has another order; by default in training.
        channels: 1, or 3 for networks that expect colours: the grey is repeated.
        options: See `covid19_images.dataset.select.select`.
    """
    _check(batch_size, channels, shuffle)
    require("tensorflow")
    chosen = select(modality, split, **options)
    mixed = chosen.is_training if shuffle is None else shuffle
    return of(chosen, batch_size=batch_size, shuffle=mixed, channels=channels)


def _check(batch_size: object, channels: object, shuffle: object) -> None:
    arguments.whole_number("batch_size", batch_size, least=1)
    arguments.channels(channels)
    if shuffle is not None:
        arguments.yes_or_no("shuffle", shuffle)


def of(
    chosen: Selection, *, batch_size: int = 32, shuffle: bool = False, channels: int = 1
) -> "tf.data.Dataset":
    """Return the dataset of a selection."""
    _check(batch_size, channels, shuffle)
    if chosen.size is None:
        raise SelectionError("TensorFlow batches need pictures of one size: name one, as size=224.")
    import tensorflow as tf  # noqa: PLC0415

    chosen.prepared()
    targets = chosen.targets
    places = tf.data.Dataset.range(len(chosen))
    if shuffle:
        places = places.shuffle(len(chosen), seed=chosen.seed, reshuffle_each_iteration=True)
    batches = places.batch(batch_size)

    def read(indices: Any, draw: Any) -> tuple[Any, Any]:  # noqa: ANN401
        levels = chosen.batch(indices, draw=(int(draw),))
        # Not in TensorFlow: its division by a constant may become a multiplication, and rounds.
        return as_floats(levels)[..., None], targets[indices]

    draws = tf.data.Dataset.random(seed=chosen.seed, rerandomize_each_iteration=True)
    shape = [None, chosen.size, chosen.size, 1]

    def load(indices: Any, draw: Any) -> tuple[Any, Any]:  # noqa: ANN401
        kinds = (tf.float32, tf.as_dtype(targets.dtype))
        levels, found = tf.numpy_function(read, (indices, draw), kinds, stateful=False)
        images = tf.ensure_shape(levels, shape)
        found = tf.ensure_shape(found, [None, *targets.shape[1:]])
        return tf.repeat(images, channels, axis=-1) if channels > 1 else images, found

    # Ready squares are only copied: threads and tuning would cost more than they save.
    is_light = chosen.cache and chosen.augmentation is None
    options = tf.data.Options()
    options.autotune.enabled = False
    return (
        tf.data.Dataset.zip((batches, draws))
        .map(load, num_parallel_calls=None if is_light else 2)
        .apply(tf.data.experimental.assert_cardinality(-(-len(chosen) // batch_size)))
        .with_options(options)
        .prefetch(2)
    )


def class_weight(
    modality: ModalityName | str = "all", split: Split = "train", **options: Unpack[Options]
) -> dict[int, float]:
    """Weigh classes for `model.fit(class_weight=…)`, so that each counts alike."""
    weights = select(modality, split, **options).class_weights
    return {at: float(weight) for at, weight in enumerate(weights)}


def masked_bce(targets: "tf.Tensor", logits: "tf.Tensor") -> "tf.Tensor":
    """Return the binary cross-entropy over known values; for `findings`, whose unknowns are NaN.

    `model.compile(loss=c19.tensorflow.masked_bce)`, for a model that gives logits.
    """
    import tensorflow as tf  # noqa: PLC0415

    known = tf.math.logical_not(tf.math.is_nan(targets))
    there = tf.where(known, targets, tf.zeros_like(targets))
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=there, logits=logits)
    count = tf.reduce_sum(tf.cast(known, losses.dtype))
    return tf.reduce_sum(tf.where(known, losses, tf.zeros_like(losses))) / tf.maximum(count, 1)


def volumes(
    modality: ModalityName | str = "all", split: Split = None, **options: Unpack[VolumeOptions]
) -> "tf.data.Dataset":
    """Return each volume once as (image, mask), or (image, target) where no mask is asked for.

    Images are float32, shape (right, front, head, 1); masks have their classes last. They are not
    batched: volumes have sizes of their own.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        options: See `covid19_images.dataset.volume_options.select_volumes`.
    """
    require("tensorflow")
    return of_volumes(select_volumes(modality, split, **options))


def of_volumes(chosen: VolumeSelection) -> "tf.data.Dataset":
    """Return the dataset of chosen volumes."""
    import tensorflow as tf  # noqa: PLC0415

    sides = [None] * (3 if chosen.neighbours is None else 2)
    channels = 2 * (chosen.neighbours or 0) + 1
    image = tf.TensorSpec([*sides, channels], tf.float32)
    wanted = (
        tf.TensorSpec([*sides, len(chosen.masks)], tf.uint8)
        if chosen.masks
        else tf.TensorSpec(chosen.targets.shape[1:], tf.as_dtype(chosen.targets.dtype))
    )
    draws = Draws(len(chosen))
    return tf.data.Dataset.from_generator(
        lambda: (channels_last(chosen, at, draws.next(at)) for at in range(len(chosen))),
        output_signature=(image, wanted),
    )
