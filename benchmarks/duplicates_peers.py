"""Our engine beside other tools, on the same files, in the same run.

    python -m benchmarks.duplicates_peers ../shared/upstreams ../shared/truth [--python PYTHON]

Every tool runs in a process of its own, with its default settings; those that PYTHON (by default
this one) has not installed are printed as such. All of them can be had in one environment, and
torch for processors alone, which imagededup imports, is enough:

    python -m venv peers
    peers/bin/pip install torch+CPU torchvision imagededup fastdup difPy cleanvision czkawka

where `torch+CPU` is the first line of `requirements-torch-cpu.lock`. The row that ends the methods
of imagededup is what all of them cost together, and find together. Its CNN is not among them: the
weights of its network are fetched from the internet when it is first asked.

DICOM files are left out: the others cannot read them. Recall is over the known pairs; a pair that
joins two different known groups is false. A tool that needs more time than it is given is ended,
and printed as such; `--pictures` takes fewer pictures, of known groups all or none.
"""

import argparse
import csv
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

Pairs = set[tuple[str, str]]


def ours(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Decode, hash, describe, search and verify with this project."""
    from covid19_images import find_duplicates  # noqa: PLC0415
    from covid19_images.duplicates import Same  # noqa: PLC0415

    for pair in find_duplicates(folder).pairs:
        if isinstance(pair.verdict, Same):
            yield folder / pair.a, folder / pair.b


def imagehash_loop(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Hash with a plain loop, one hash an image; the clock of this project's goals."""
    import imagehash  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    hashes = np.array([imagehash.phash(Image.open(path)).hash.ravel() for path in paths], np.uint8)
    for at in range(len(paths)):
        near = (hashes[at + 1 :] != hashes[at]).sum(1) <= 10
        yield from ((paths[at], paths[at + 1 + int(to)]) for to in np.flatnonzero(near))


def imagededup(kind: str) -> Callable[[Path], Iterator[tuple[Path, Path]]]:
    """Run imagededup, all cores."""

    def run(folder: Path) -> Iterator[tuple[Path, Path]]:
        from imagededup import methods  # type: ignore[import-not-found] # noqa: PLC0415

        method = getattr(methods, kind)(verbose=False)
        found = method.find_duplicates(image_dir=str(folder), recursive=True)
        for path, others in found.items():
            yield from ((folder / path, folder / other) for other in others)

    return run


def fastdup(threshold: float) -> Callable[[Path], Iterator[tuple[Path, Path]]]:
    """Run fastdup, all cores."""

    def run(folder: Path) -> Iterator[tuple[Path, Path]]:
        import fastdup as package  # type: ignore[import-not-found] # noqa: PLC0415

        with TemporaryDirectory() as work:
            run = package.create(work_dir=work, input_dir=str(folder))
            run.run(ccthreshold=threshold, threshold=threshold, print_summary=False)
            table = run.similarity()
            ends = [next(c for c in table.columns if c.endswith(end)) for end in ("from", "to")]
            names = [c for c in table.columns if "filename" in c][:2] or ends
            for one, other in table[names].itertuples(index=False):
                yield Path(one), Path(other)

    return run


def difpy(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Run difPy in its `similar` mode."""
    import difPy  # type: ignore[import-not-found] # noqa: PLC0415

    built = difPy.build(str(folder), show_progress=False)
    found = difPy.search(built, similarity="similar", show_progress=False).result
    for path, others in found.items():
        yield from ((Path(path), Path(other[0])) for other in others)


def cleanvision(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Run CleanVision's two searches for duplicates, all cores."""
    from cleanvision import Imagelab  # type: ignore[import-not-found] # noqa: PLC0415

    lab = Imagelab(data_path=str(folder), verbose=False)
    kinds = "exact_duplicates", "near_duplicates"
    lab.find_issues(issue_types={kind: {} for kind in kinds}, verbose=False)
    for kind in kinds:
        yield from _within(lab.info[kind]["sets"])


def czkawka(bits: int) -> Callable[[Path], Iterator[tuple[Path, Path]]]:
    """Run czkawka's own search, through its bindings for Python, all cores."""

    def run(folder: Path) -> Iterator[tuple[Path, Path]]:
        from czkawka import ImageSimilarity  # type: ignore[import-not-found] # noqa: PLC0415

        finder = ImageSimilarity()
        finder.set_directories([folder])
        finder.set_similarity(bits)
        yield from _within(finder.find_similar())

    return run


def _within(groups: Iterable[Iterable[Path | str]]) -> Iterator[tuple[Path, Path]]:
    for group in groups:
        yield from combinations(sorted(map(Path, group)), 2)


TOOLS: dict[str, Callable[[Path], Iterator[tuple[Path, Path]]]] = {
    "imagehash loop, pHash <= 10": imagehash_loop,
    "covid19-images": ours,
    "imagededup PHash": imagededup("PHash"),
    "imagededup DHash": imagededup("DHash"),
    "imagededup WHash": imagededup("WHash"),
    "imagededup AHash": imagededup("AHash"),
    "fastdup 0.90": fastdup(0.90),
    "fastdup 0.96": fastdup(0.96),
    "difPy similar": difpy,
    "cleanvision": cleanvision,
    "czkawka 5": czkawka(5),
    "czkawka 15": czkawka(15),
}


SUMMED = "imagededup, all of these"
_SUMMED = tuple(tool for tool in TOOLS if tool.startswith("imagededup "))


def child(tool: str, folder: Path) -> dict[str, Any]:
    """Run one tool and measure it; called in a process of its own."""
    began = time.perf_counter()
    try:
        found = {tuple(sorted(map(str, pair))) for pair in TOOLS[tool](folder)}
    except ModuleNotFoundError as error:
        return {"missing": str(error.name or error)}
    seconds = time.perf_counter() - began
    use = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "seconds": seconds,
        "cpu": sum(one.ru_utime + one.ru_stime for one in use),
        "peak_mb": max(_peak_kb(), use[1].ru_maxrss) / 1024,
        "pairs": sorted(found),
    }


def _peak_kb() -> int:
    """Return the most memory of this process; `ru_maxrss` may be that of its parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def unpack(bundles: Path, folder: Path, groups: dict[str, str], most: int | None) -> int:
    """Write the pictures at the tips as files, and return how many they are.

    Without those of `docs/`: a banner there shows a picture, and the known pairs do not name it.
    """
    from benchmarks.duplicates_pictures import files  # noqa: PLC0415

    pictures = {
        key: content
        for key, content in files(sorted(bundles.glob("*.bundle")))
        if content[:2] in (b"\xff\xd8", b"\x89P") and "/docs/" not in key
    }
    chosen = sorted(pictures, key=lambda key: _drawn(str(groups.get(key, key))))[:most]
    for key in chosen:
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pictures[key])
    return len(chosen)


def _drawn(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _truth(folder: Path) -> tuple[Pairs, dict[str, str]]:
    with (folder / "pairs_positive.csv").open(encoding="utf-8", newline="") as file:
        pairs = {
            tuple(sorted(f"{row[f'{side}_dataset']}/{row[f'{side}_path']}" for side in "ab"))
            for row in csv.DictReader(file)
        }
    with (folder / "clusters.csv").open(encoding="utf-8", newline="") as file:
        groups = {f"{row['dataset']}/{row['path']}": row["cluster"] for row in csv.DictReader(file)}
    return pairs, groups  # type: ignore[return-value]


def _row(tool: str, given: dict[str, Any], count: int, folder: Path, truth: Path) -> str:
    if "missing" in given:
        return f"{tool:28} not installed ({given['missing']})"
    if "ended" in given:
        return f"{tool:28} {given['ended']}, {count:,} pictures"
    known, groups = _truth(truth)
    known = {pair for pair in known if all((folder / key).exists() for key in pair)}
    found = {tuple(str(Path(one).relative_to(folder)) for one in pair) for pair in given["pairs"]}
    false = sum(a != b and groups.get(a, a) != groups.get(b, b) for a, b in found)
    return (
        f"{tool:28} {given['seconds']:8.1f} {given['cpu']:8.1f} {count / given['seconds']:8.0f} "
        f"{given['peak_mb']:8.0f} {len(known & found) / len(known):7.3f} {false:8,}"
    )


def _together(all_given: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what it costs to run some tools one after the other, and all that they find."""
    unfinished = [given for given in all_given if "pairs" not in given]
    if unfinished:
        return unfinished[0]
    found = {tuple(pair) for given in all_given for pair in given["pairs"]}
    spent = {name: sum(given[name] for given in all_given) for name in ("seconds", "cpu")}
    return spent | {
        "peak_mb": max(given["peak_mb"] for given in all_given),
        "pairs": sorted(found),
    }


def _run(python: str, tool: str, folder: Path, limit_s: float) -> dict[str, Any]:
    """Run one tool, with all processes that it starts, for so many seconds at most."""
    running = subprocess.Popen(
        [python, __file__, str(folder), "--only", tool],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )
    try:
        written, complaints = running.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        return {"ended": f"not finished after {limit_s:,.0f} s"}
    if running.returncode:
        last = complaints.strip().splitlines()[-1:] or [f"exit code {running.returncode}"]
        return {"ended": f"failed: {last[0][:100]}"}
    found: dict[str, Any] = json.loads(written.splitlines()[-1])
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundles", type=Path)
    parser.add_argument("truth", type=Path, nargs="?")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--only", choices=TOOLS)
    parser.add_argument("--pictures", type=int, help="how many; all by default")
    parser.add_argument("--limit-s", type=float, default=1800, help="what a tool may take")
    given = parser.parse_args()
    if given.only:
        sys.stdout.write("\n" + json.dumps(child(given.only, given.bundles)))
        return
    with TemporaryDirectory() as place:
        folder = Path(place) / "pictures"
        count = unpack(given.bundles, folder, _truth(given.truth)[1], given.pictures)
        print(f"{count:,} pictures, {os.cpu_count()} cores\n")
        names = ("seconds", "cpu s", "images/s", "MB", "recall", "false")
        print(f"{'':28} " + " ".join(f"{name:>8}" for name in names))
        done: dict[str, dict[str, Any]] = {}
        for tool in TOOLS:
            mine = tool in ("covid19-images", "imagehash loop, pHash <= 10")
            python = sys.executable if mine else given.python
            done[tool] = _run(python, tool, folder, given.limit_s)
            print(_row(tool, done[tool], count, folder, given.truth), flush=True)
            if tool == _SUMMED[-1]:
                summed = _together([done[one] for one in _SUMMED])
                print(_row(SUMMED, summed, count, folder, given.truth), flush=True)


if __name__ == "__main__":
    main()
