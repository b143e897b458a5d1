"""Paths, locks and long names, as each system has them."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from filelock import FileLock, Timeout
from PIL import Image

import covid19_images
from covid19_images.manifest.identifiers import is_path
from covid19_images.manifest.inside import EscapeError, below


@pytest.mark.parametrize(
    "path", ["../x", "/x", "a/../../x", "C:/x", "C:x", "\\x", "a\\..\\..\\x", "\\\\host\\share", ""]
)
def test_what_leads_out_on_any_system_is_refused_on_every_system(path: str, tmp_path: Path) -> None:
    with pytest.raises(EscapeError):
        below(tmp_path, path)


@pytest.mark.parametrize("path", ["a.png", "images/é.png", "a/b/c/d.dcm", "x" * 100 + ".png"])
def test_what_is_a_path_is_one_of_both_flavours(path: str, tmp_path: Path) -> None:
    assert is_path(path)
    assert PurePosixPath(path).parts == PureWindowsPath(path).parts
    file = below(tmp_path, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    assert file.relative_to(tmp_path).as_posix() == path


def test_a_path_that_is_too_long_for_windows_is_below_a_folder_all_the_same(tmp_path: Path) -> None:
    path = "/".join(["folder" * 8] * 4 + ["n" * 60 + ".png"])
    assert below(tmp_path, path).relative_to(tmp_path).as_posix() == path


def test_a_lock_that_another_process_has_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    code = f"from filelock import FileLock; FileLock({str(file)!r}, timeout=0.1).acquire()"
    with FileLock(file):
        with pytest.raises(Timeout):
            FileLock(file, timeout=0.05, is_singleton=False).acquire()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        assert b"Timeout" in done.stderr
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_copy_in_another_folder_is_found_under_a_name_with_slashes(tmp_path: Path) -> None:
    for name, turned in (("a.png", 0), ("sub folder/b.png", 90), ("sub folder/ä.png", 0)):
        file = tmp_path / "mine" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.linear_gradient("L").rotate(turned).resize((64, 64)).save(file)
    found = covid19_images.find_duplicates(tmp_path / "mine")
    assert sorted(found.items) == ["a.png", "sub folder/b.png", "sub folder/ä.png"]
    assert list(found.copies) == ["sub folder/ä.png"]


def test_the_package_installed_is_of_the_version_that_it_names() -> None:
    assert importlib.metadata.version("covid19-images") == covid19_images.__version__
