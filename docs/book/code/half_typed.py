"""Ana has typed half a line when Luis says something. What is on her screen?

A terminal made of software: a pseudo-terminal (pty), and pyte, which draws what a program writes into it.
"""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte
from stage import Guest, chosen, room

CODE = Path(__file__).parent
TYPED, SAID = "half a li", "hello ana"


class Screen(pyte.Screen):
    """A terminal with one program in it."""

    def __init__(self, command: list[str]) -> None:
        super().__init__(80, 12)
        self._stream = pyte.ByteStream(self)
        self._end, inside = pty.openpty()
        termios.tcsetwinsize(inside, (self.lines, self.columns))
        environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        self.program = subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside, env=environment)
        os.close(inside)

    def write_process_input(self, data: str) -> None:
        """Type; pyte calls it too, when the program asks the terminal something."""
        os.write(self._end, data.encode())

    def look(self, enough: Callable[[str], bool], seconds: float = 20) -> None:
        """Draw what the program writes until one sees what one waits for, or the time is over."""
        deadline = time.monotonic() + seconds
        while not enough("\n".join(self.display)) and (left := deadline - time.monotonic()) > 0:
            if select.select([self._end], [], [], left)[0]:
                self._stream.feed(os.read(self._end, 65536))

    def show(self, title: str) -> None:
        """Print the screen, with `_` where the cursor is."""
        print(f"{title}:")
        for number, line in enumerate(self.display):
            cut = f"{line[: self.cursor.x]}_" if number == self.cursor.y else line.rstrip()
            if cut:
                print(f"   | {cut}")


kind = chosen("turns", "threads", "coliseum")
with room("threads" if kind == "coliseum" else "naive-threads") as address:
    url = f"tcp://{address[0]}:{address[1]}"
    naive = [sys.executable, str(CODE / "naive_client.py"), kind, str(address[1])]
    ours = [sys.executable, "-m", "coliseum", "join", "--nick", "ana", url]
    luis = Guest(address, "luis")
    ana = Screen(ours if kind == "coliseum" else naive)
    if kind != "coliseum":
        ana.look(lambda screen: "> " in screen)
        ana.write_process_input("ana\n")
    ana.look(lambda screen: "> " in screen.partition("2 of 3")[2])
    ana.write_process_input(TYPED)
    ana.look(lambda screen: TYPED in screen)
    luis.send(SAID)
    bar = "connected" if kind == "coliseum" else ""
    ana.look(lambda screen: SAID in screen and bar in screen, 1 if kind == "turns" else 20)
    ana.show("a second after luis said it" if kind == "turns" else "when luis has said it")
    if kind == "turns":
        ana.write_process_input("\n")
        ana.look(lambda screen: SAID in screen)
        ana.show("after Enter")
    ana.program.kill()
    ana.program.wait()
