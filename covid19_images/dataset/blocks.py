"""An order in which neighbours in a shard stay together, so that they are read at once."""

from collections.abc import Iterator

import numpy as np

from covid19_images.dataset import arguments
from covid19_images.dataset.selection import Selection


def in_blocks(chosen: Selection, *, seed: int, neighbours: int) -> Iterator[list[int]]:
    """Yield the order of each epoch: blocks of neighbours, drawn anew.

    Where the first block begins is drawn too, so that other images meet in each epoch. The order
    depends on the seed and the images, and not on where they are read from.

    Args:
        chosen: The images.
        seed: Of the draws.
        neighbours: How many images a block has.
    """
    arguments.whole_number("seed", seed, least=0)
    arguments.whole_number("neighbours", neighbours, least=1)
    rows = [chosen.copy.rows[record.key] for record in chosen.records]
    places = sorted(
        range(len(rows)), key=lambda at: (rows[at].shard or "", rows[at].member or "", at)
    )
    epoch = 0
    while True:
        random = np.random.default_rng([seed, epoch])
        turned = np.roll(places, -int(random.integers(max(len(places), 1))))
        blocks = np.array_split(turned, range(neighbours, len(turned), neighbours))
        yield [int(at) for block in random.permutation(len(blocks)) for at in blocks[block]]
        epoch += 1
