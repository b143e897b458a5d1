"""The ledger of splits as it is committed: lines are looked up, and added, without reading all."""

from collections.abc import Callable, Collection, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from covid19_images.manifest import splits
from covid19_images.manifest.splits import Placed
from flows.collection.unread import ONE_READER, Unread

_BLOCK_BYTES = 2**24  # what Arrow reads at once; no line is longer


class Ledger(Unread[Placed]):
    """A ledger that a night wrote."""

    __slots__ = ("_text",)

    def __init__(self, text: Callable[[], str]) -> None:
        """Remember where it is.

        Args:
            text: Reads the file.
        """
        super().__init__(lambda: splits.loads(self.text()) if self.text() else ())
        self._text = text

    def text(self) -> str:
        """Return the file."""
        with ONE_READER:
            return self._text()

    def of(self, pictures: Collection[str]) -> tuple[Placed, ...]:
        """Return the lines of some pictures, in their order.

        Args:
            pictures: Their `image_id`.
        """
        text = self.text()
        if not text or not pictures:
            return ()
        found = csv.read_csv(
            pa.BufferReader(text.encode()),
            read_options=csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(("image_id", "split", "since"), pa.string()),
                strings_can_be_null=False,
            ),
        )
        asked = pa.array(list(pictures), pa.string())
        lines = found.filter(pc.is_in(found["image_id"], value_set=asked))
        cells = zip(*(column.to_pylist() for column in lines.columns), strict=True)
        head, _, _ = text.partition("\n")
        return tuple(splits.loads("\n".join([head, *map(",".join, cells)]) + "\n"))


class LongerLedger(Unread[Placed]):
    """A ledger with new lines at its end."""

    __slots__ = ("first", "new")

    def __init__(self, first: Ledger, new: Sequence[Placed]) -> None:
        """Put them together.

        Args:
            first: What there was.
            new: The lines that are new.
        """
        super().__init__(lambda: (*first, *new))
        self.first, self.new = first, tuple(new)

    def text(self) -> str:
        """Return the file: that of the shorter one, and the new lines."""
        lines = splits.dumps(self.new)
        first = self.first.text()
        return first + lines.partition("\n")[2] if first else lines
