"""The suite sees neither the user's home nor the network nor what happens to be installed here."""

import os
import pwd
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import constants
from pytest_socket import SocketConnectBlockedError

from tests.isolation import KEPT_FROM_TESTS


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_only_loopback_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    with pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)  # of no one: RFC 5737
    assert constants.HF_HUB_OFFLINE


@pytest.mark.parametrize("folder", KEPT_FROM_TESTS)
def test_what_the_install_does_not_bring_is_not_read(folder):
    with pytest.raises(PermissionError, match="which its install does not bring"):
        Path(folder, "some file").read_bytes()
    with pytest.raises(PermissionError):
        list(Path(folder).iterdir())


def test_the_home_is_an_empty_folder_here_and_in_processes_that_are_started():
    users = Path(pwd.getpwuid(os.getuid()).pw_dir)
    command = [sys.executable, "-c", "import pathlib; print(pathlib.Path.home())"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert Path(said.strip()) == Path.home() != users
    assert not (Path.home() / ".local" / "share").exists()
