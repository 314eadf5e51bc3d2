"""`coliseum serve` as a process: what it says, its signals and its exit codes."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

from coliseum.config import Engine
from tests.cli.support import Serve, run
from tests.harness import DEADLINE, Chatter


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_tells_everybody_and_ends_with_0(serve: Serve, engine: Engine, number: signal.Signals) -> None:
    server = serve("--engine", engine, "--listen", "tcp://localhost:0")
    with Chatter.connect(("localhost", server.port())) as chatter:
        server.wait_for("Ctrl-C stops")
        chatter.expect("You are in lobby")
        server.signal(number)
        assert chatter.rest()[-1] == "* The connection ends: the server is stopping."
    code, out, err = server.end()
    assert code == 0
    assert "Stopping" in out
    assert "ResourceWarning" not in err
    assert "Traceback" not in err


def test_what_it_prints_is_enough_to_join(serve: Serve, data_dir: Path) -> None:
    server = serve("--listen", "tls://localhost:0")
    port = server.port()
    fingerprint = server.wait_for(r"Certificate (sha256:[0-9a-f]{64})$")[1]
    line = server.wait_for(r"join (tls://localhost:\d+)(.*)$")
    assert line[1] == f"tls://localhost:{port}"
    assert line[2] == f" --ca {data_dir}/ca.pem"
    shown = run("cert", "--data-dir", str(data_dir))
    assert fingerprint in shown.stdout
    server.signal(signal.SIGTERM)
    assert server.end()[0] == 0


def test_a_hangup_reads_the_configuration_again_and_a_bad_one_changes_nothing(
    serve: Serve, engine: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "coliseum.toml"
    file.write_text("limits.room_capacity = 1\n")
    server = serve("--engine", engine, "--listen", "tcp://localhost:0", "--config", str(file))
    address = ("localhost", server.port())
    server.wait_for("Ctrl-C stops")
    with Chatter.connect(address) as first:
        first.expect(r"\(1 of 1\)")
        file.write_text("limits.room_capacity = 'x'\n")
        server.signal(signal.SIGHUP)
        server.wait_for_log(r'"error": "\S+coliseum.toml: limits.room_capacity = \'x\'')
        with Chatter.connect(address) as refused:
            refused.expect(r"the room is full \(1 of 1\)")
        file.write_text("limits.room_capacity = 2\nlisten = ['tcp://localhost:1']\n")
        server.signal(signal.SIGHUP)
        server.wait_for_log(r'"event": "reloaded"')
        with Chatter.connect(address) as second:
            second.expect(r"\(2 of 2\)")
            second.send("still here")
            first.expect("still here")
    server.signal(signal.SIGTERM)
    assert server.end()[0] == 0


def test_a_signal_writes_its_counters_into_the_log(serve: Serve, engine: Engine) -> None:
    server = serve("--engine", engine, "--listen", "tcp://localhost:0", "--listen", "udp://localhost:0")
    with Chatter.connect(("localhost", server.port())) as ana:
        ana.expect("You are in lobby")
        server.wait_for("Ctrl-C stops")
        server.signal(signal.SIGUSR1)
        status = json.loads(server.wait_for_log('"event": "status"').string)
    assert (status["engine"], status["users"], status["connections"]) == (engine, 1, 1)
    assert status["noted"]["session.opened"] == {"tcp": 1}
    assert status["world_hold_seconds"]["count"] >= 1


def test_the_log_is_json_names_reasons_and_never_what_people_say(serve: Serve) -> None:
    server = serve("--listen", "tcp://localhost:0")
    address = ("localhost", server.port())
    with Chatter.connect(address) as ana, Chatter.connect(address) as luis:
        for chatter in (ana, luis):
            chatter.expect("You are in lobby")
        ana.send("/nick ana", "a secret word", "/frobnicate secret", "/quit")
        ana.rest()
        luis.expect("ana is gone")
    server.signal(signal.SIGTERM)
    _, _, err = server.end()
    assert '"event": "session.closed"' in err
    assert '"reason": "quit"' in err
    assert '"code": "unknown-command"' in err
    assert "secret" not in err


def test_a_port_in_use_is_one_line_and_73(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--data-dir", str(data_dir), "--listen", f"tcp://127.0.0.1:{port}")
    assert done.returncode == 73
    assert done.stderr.startswith(f"coliseum: cannot listen on 127.0.0.1:{port}: the port is in use")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["serve", "--bogus"], 2, "No such option"),
        (["serve", "--capacity", "x"], 2, "not a valid integer"),
        (["serve", "--capacity", "-1"], 78, "expected a number, 0 or more"),
        (["serve", "--listen", "gopher://x"], 78, "does not begin with one of"),
        (["serve", "--listen", "tcp://0.0.0.0:7"], 78, "in clear"),
        (["serve", "--config", "/nowhere.toml"], 78, "/nowhere.toml: cannot be read"),
        (["serve", "--data-dir", "/dev/null/x"], 73, "/dev/null/x: cannot be made"),
        (["config", "check", "/nowhere.toml"], 78, "/nowhere.toml: cannot be read"),
        (["frobnicate"], 2, "No such command"),
    ],
)
def test_a_mistake_is_one_clear_line_and_the_right_exit_code(
    arguments: list[str], code: int, message: str
) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unreadable_key_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.key"
    cert = tmp_path / "cert.pem"
    cert.write_text("x")
    done = run("serve", COLISEUM__TLS__CERT=str(cert), COLISEUM__TLS__KEY=str(missing))
    assert done.returncode == 78
    assert str(cert) in done.stderr


def test_passwords_are_hashed_from_a_pipe_or_a_prompt() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coliseum", "passwd"],
        input="sesame\n",
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    assert done.stdout.startswith("$argon2id$")
    assert "sesame" not in done.stdout + done.stderr


def test_the_versions_are_shown() -> None:
    assert re.search(r"coliseum \d.* \(Python 3\..*OpenSSL .*GIL", run("--version").stdout)


def test_output_that_nobody_reads_makes_no_noise() -> None:
    done = subprocess.run(
        f"{sys.executable} -m coliseum config | true",
        shell=True,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    assert done.stderr == ""


def test_closing_the_terminal_stops_the_server(data_dir: Path) -> None:
    command = f"-m coliseum serve --data-dir {data_dir} --listen tcp://localhost:0"
    with pexpect.spawn(sys.executable, command.split(), timeout=DEADLINE) as terminal:
        terminal.expect(r"Listening on tcp://localhost:(\d+)")
        port = int(terminal.match.group(1))
        terminal.expect("Ctrl-C stops")
        with Chatter.connect(("localhost", port)) as chatter:
            chatter.expect("You are in lobby")
            terminal.ptyproc.fileobj.close()  # the window is gone; the kernel sends SIGHUP
            assert chatter.rest()[-1] == "* The connection ends: the server is stopping."
        assert terminal.ptyproc.wait() == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not on this machine")
def test_a_server_that_outlived_its_terminal_shows_its_counters_and_goes_on(
    data_dir: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    serve = f"{sys.executable} -m coliseum serve --data-dir {data_dir} --listen tcp://localhost:0 2>{log}"
    script = f"set -m; {serve} <&0 & echo pid $!; disown; exec sleep 600"
    shell = pexpect.spawn("bash", ["-c", script], encoding="utf-8", timeout=DEADLINE)
    shell.expect(r"pid (\d+)")
    pid = int(shell.match[1])
    try:
        shell.expect(r"Listening on tcp://localhost:(\d+)")
        port = int(shell.match[1])
        shell.expect("Ctrl-C stops")
        with Chatter.connect(("localhost", port)) as ana:
            ana.expect("You are in lobby")
            shell.close(force=True)
            os.kill(pid, signal.SIGUSR1)
            deadline = time.monotonic() + DEADLINE
            while '"status"' not in log.read_text():
                assert time.monotonic() < deadline
            assert ana.seen() == []
            os.kill(pid, signal.SIGTERM)
            assert ana.rest()[-1] == "* The connection ends: the server is stopping."
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_a_second_signal_does_not_wait_for_anybody() -> None:
    program = (
        "import threading\n"
        "from coliseum.cli.serve import Signals\n"
        "with Signals() as signals:\n"
        "    print('waiting', flush=True)\n"
        "    next(iter(signals))\n"
        "    signals.exit_at_next()\n"
        "    print('stopping', flush=True)\n"
        "    threading.Event().wait(60)\n"  # a server that has somebody to wait for
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in ("waiting\n", "stopping\n"):
            assert process.stdout.readline() == line
            process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == -signal.SIGTERM


@pytest.mark.parametrize(("engine", "interval"), [("threads", 0.1), ("asyncio", 0.005), ("uvloop", 0.005)])
def test_the_interpreter_is_set_for_the_engine_that_runs(engine: str, interval: float) -> None:
    program = (
        f"import gc, sys; from coliseum.interpreter import suit_the_interpreter as suit; suit({engine!r}); "
        "print(round(sys.getswitchinterval(), 3), gc.get_threshold()[0], gc.get_freeze_count() > 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(interval), "20000", "True"]


def test_systemd_is_told_when_the_server_listens_reloads_and_stops(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(DEADLINE)
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        server = serve("--listen", "tcp://localhost:0")
        assert manager.recv(100) == b"READY=1"
        Chatter.connect(("localhost", server.port())).close()
        server.signal(signal.SIGHUP)
        assert manager.recv(100).startswith(b"RELOADING=1\n")
        assert manager.recv(100) == b"READY=1"
        server.signal(signal.SIGTERM)
        assert manager.recv(100) == b"STOPPING=1"
    assert server.end()[0] == 0
