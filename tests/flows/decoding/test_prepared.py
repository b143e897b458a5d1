"""What workers need is done before they are forked."""

import importlib
import sys

import cv2
from PIL import Image
from threadpoolctl import threadpool_info

from flows.sandbox import processes


def _of_a_worker() -> tuple[set[str], int, set[int]]:
    threads = {int(library["num_threads"]) for library in threadpool_info()}
    return set(sys.modules) | set(Image.SAVE), cv2.getNumThreads(), threads


def test_a_worker_imports_nothing_anew_and_uses_one_thread() -> None:
    with processes.pool(1) as running:
        imported, of_opencv, of_libraries = running.submit(_of_a_worker).result()
    assert imported >= {"scipy.fftpack", "PDF", *processes._PRELOAD}
    assert of_opencv == 1
    assert of_libraries == {1}


def test_all_that_is_imported_before_is_there() -> None:
    """The server passes over modules that it does not find."""
    for name in processes._PRELOAD[:-1]:
        assert importlib.import_module(name)
    assert processes._PRELOAD[-1] == "flows.decoding.prepared"  # it freezes what is there
