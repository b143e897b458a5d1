"""How long the first batch of a streamed release takes, and what is read for it, phase by phase.

    python -m benchmarks.stream [PICTURES]

A server on this machine gives 20 Mbit/s to all connections together, and takes 100 ms for each
connection and each request. Every line of the second table is a request: when, and of what.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import covid19_images as c19
from covid19_images.dataset.blocks import in_blocks
from tests.support import local_copy
from tests.support.server import Site, serving

_LATENCY_S = 0.1
_BYTES_PER_S = 20_000_000 / 8
_BATCH = 32


def main() -> None:
    """Print the phases of the first batch."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 420
    with tempfile.TemporaryDirectory() as folder:
        copy = local_copy.make(Path(folder, "copy"), count=count)
        published = local_copy.publish(copy, Path(folder, "published"))
        (published / "latest.txt").write_text(f"{copy.version}\n", encoding="ascii")
        os.environ["COVID19_IMAGES_CACHE"] = str(Path(folder, "cache"))
        with serving(published) as site:
            os.environ["COVID19_IMAGES_FROM"] = site.url
            site.latency_s, site.bytes_per_s = _LATENCY_S, _BYTES_PER_S
            _measure(site)


def _measure(site: Site) -> None:
    asked: list[tuple[float, str]] = []
    begin, cpu = time.monotonic(), time.process_time()

    def note(name: str, _count: int) -> None:
        asked.append((time.monotonic() - begin, name))

    site.faults = note
    chosen = c19.select("xray", "train", stream=True)
    opened = time.monotonic() - begin
    order = next(in_blocks(chosen, seed=0, neighbours=8))[:_BATCH]
    chosen.batch(order)
    done, worked = time.monotonic() - begin, time.process_time() - cpu
    members = {f"{chosen.records[at].image_id}.png" for at in order}
    spans = [span for span in chosen.copy.remote.spans.values() if span.member in members]  # type: ignore[attr-defined]  # it is streamed
    used = sum(span.size for span in spans)
    of_shards = sum(size for name, size in site.sent.items() if name.endswith(".tar"))
    print(f"opened {opened:.2f} s, first batch {done:.2f} s, {worked:.2f} s of a core")
    print(f"read {sum(site.sent.values()):,} bytes, {of_shards:,} of shards")
    print(f"used {used:,} bytes of pictures: {of_shards / used:.3f} times that were read of shards")
    print(f"{site.connections} connections")
    for at, name in sorted(asked):
        print(f"{at:6.2f} s  {name}  {site.sent[name]:,}")


if __name__ == "__main__":
    main()
