"""What must hold at each border, whatever comes; a target raises where it does not."""

import contextlib
import csv
import gzip
import io
from collections.abc import Callable, Mapping

from covid19_images.images import decode
from covid19_images.images.decode import Limits
from covid19_images.images.fingerprint import fingerprint
from covid19_images.images.refused import Refused
from covid19_images.manifest import spreadsheet
from flows.labels import table
from flows.labels.table import UnreadableTableError
from flows.text import escape
from tests.covid19_images.images.formats.files import every_kind
from tests.flows.text.test_escape import LIVE, MARKDOWN
from tests.hostile.words import ACTING, acting_table

SMALL = Limits(
    max_bytes=2**20, max_pixels=2**18, max_frames=64, max_samples=2**20, max_spooled_bytes=0
)


def decoder(content: bytes) -> None:
    """A picture or a refusal, never an exception."""
    read = decode.read(content, limits=SMALL)
    if isinstance(read, Refused):
        assert read.reason
        assert read.reason.isprintable()
        assert len(read.reason) <= 200
        return
    assert read.samples.size <= SMALL.max_samples
    assert read.grey().shape == (read.height, read.width)
    assert fingerprint(content, limits=SMALL) == fingerprint(content, limits=SMALL)


def reader(content: bytes) -> None:
    """A table or a refusal, and every row of a table has all its columns."""
    for name in ("x.csv", "x.tsv"):
        with contextlib.suppress(UnreadableTableError):
            read = table.read(name, content)
            assert len(set(read.columns)) == len(read.header)
            assert all(set(row.cells) <= set(read.columns) for row in read.rows)
            assert table.compare(read, read, "x").changed == 0


def escaper(content: bytes) -> None:
    """A text that nobody reads as a command, in any of the places it lands."""
    words = content.decode("utf-8", "surrogateescape")
    for shown in (escape.code(words), escape.text(words)):
        assert "\n" not in shown
        spans = [t for token in MARKDOWN.parse(shown) for t in token.children or ()]
        assert not any(t.type in ("link_open", "image", "html_inline") for t in spans)
        message = "".join(t.content for t in spans if t.type == "text")
        assert not LIVE.search(message), message
    line = escape.log_line(words)
    assert "::" not in line
    assert "##[" not in line
    assert spreadsheet.uncell(spreadsheet.cell(words)) == words
    out = io.StringIO(newline="")
    csv.writer(out).writerow([spreadsheet.cell(words)])
    [[read]] = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert read == spreadsheet.cell(words)
    assert not read.startswith(("=", "+", "-", "@", "\t"))


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "decoder": decoder,
    "reader": reader,
    "escaper": escaper,
}


def seeds(name: str) -> list[bytes]:
    """Return what a target begins from."""
    match name:
        case "decoder":
            kinds = every_kind()
            return [*kinds.values(), gzip.compress(kinds["nifti"], mtime=0)]
        case "reader":
            return [acting_table(), b"a,b\n1,2\n", "a\tb\n1\t2\n".encode("utf-16")]
    return [words.encode() for words in ACTING]
