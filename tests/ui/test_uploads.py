"""Uploads go when they have been read, with their process, and at the next start."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from lookalike.errors import PhotoError, StorageError
from lookalike.ui import uploads
from lookalike.ui.uploads import Spent, Uploads, path_of, sweep
from tests.ui.serving import REPOSITORY

HOLD = """
import sys, time
from pathlib import Path
from lookalike.ui.uploads import Uploads
held = Uploads(Path(sys.argv[1]))
(held.folder / "photo.jpg").write_bytes(b"private")
print(held.folder, flush=True)
time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds a folder of uploads."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    process.photo = Path(process.stdout.readline().strip()) / "photo.jpg"
    assert process.photo.exists()
    yield process
    process.kill()
    process.wait()


def test_the_folder_of_a_process_that_runs_is_left_alone(holder, tmp_path):
    mine = Uploads(tmp_path)
    assert holder.photo.exists()
    mine.remove()
    assert holder.photo.exists()


def test_what_a_killed_process_left_goes_at_the_next_start(holder, tmp_path):
    holder.kill()
    holder.wait()
    mine = Uploads(tmp_path)
    assert not holder.photo.parent.exists()
    assert mine.folder.is_dir()
    mine.remove()
    assert not mine.folder.exists()


def test_other_folders_are_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    sweep(tmp_path)
    assert (tmp_path / "mine").is_dir()


def test_only_the_user_can_look_into_the_folder(tmp_path):
    mine = Uploads(tmp_path / "new" / "parent")
    assert mine.folder.stat().st_mode & 0o77 == 0
    mine.remove()


def test_a_folder_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="another user"):
        Uploads(tmp_path / "link")


def test_a_read_upload_is_deleted_once_nobody_can_be_waiting_for_it(tmp_path):
    spent, path = Spent(), tmp_path / "photo.jpg"
    path.write_bytes(b"private")
    spent.add(path)
    spent.sweep(older_s=60)
    assert path.exists()  # another visitor may have uploaded the same photo just now
    time.sleep(0.05)
    spent.sweep(older_s=0.01)
    assert not path.exists()
    path.write_bytes(b"another one")
    spent.sweep(older_s=0)
    assert path.exists()  # nobody has read it


@pytest.mark.parametrize(
    "file",
    [
        None,
        "photo.jpg",
        {"path": None},
        {"path": "/etc/passwd"},
        {"path": "uploads/../../secret"},
        {"path": 7},
    ],
)
def test_a_file_that_was_not_uploaded_is_refused(file, tmp_path, monkeypatch):
    monkeypatch.setenv(uploads.VARIABLE, str(tmp_path / "uploads"))
    with pytest.raises(PhotoError):
        path_of(file)


def test_a_picture_that_is_gone_cannot_be_renewed(tmp_path, monkeypatch):
    monkeypatch.setenv(uploads.VARIABLE, str(tmp_path / "uploads"))
    path = uploads.write(b"\x89PNG and so on")
    assert path.suffix == ".png" and uploads.renew(path)
    path.unlink()
    assert not uploads.renew(path)
