"""`openssl s_client` chats with our client, on both client engines."""

import shutil
import subprocess
from pathlib import Path

import pytest

from coliseum.client.status import State
from coliseum.client.wishes import Wishes
from coliseum.config import Config
from coliseum.server import Server
from coliseum.urls import parse
from tests.client.support import DEADLINE, Person, target_of


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")
def test_openssl_and_our_client_hear_each_other(engine: str, data_dir: Path) -> None:
    with Server(Config(listen=("tls://localhost:0",), data_dir=str(data_dir))) as server:
        assert server.files is not None
        port = server.address("tls")[1]
        target = target_of(parse(f"tls://localhost:{port}"), ca=server.files.ca)
        command = ["openssl", "s_client", "-quiet", "-verify_return_error", "-CAfile", str(server.files.ca)]
        with (
            Person(engine, target, Wishes(nick="ana")) as ana,
            subprocess.Popen(
                [*command, "-connect", f"localhost:{port}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            ) as openssl,
        ):
            assert openssl.stdin is not None
            assert openssl.stdout is not None
            ana.wait_state(State.INSIDE)
            openssl.stdin.write("/nick openssl\n¡hola, ana!\n")
            openssl.stdin.flush()
            ana.wait_shown("openssl: ¡hola, ana!")
            ana.runner.typed("¡hola, openssl!")
            assert any(line == "ana: ¡hola, openssl!\n" for line in iter(openssl.stdout.readline, ""))
            openssl.stdin.write("/quit\n")
            openssl.stdin.close()
            openssl.wait(DEADLINE)
            ana.wait_shown("openssl is gone (said goodbye)")
