"""The flight of lines: waiting, on their way, dealt with. What makes of IRC a dialect that acknowledges.

The idea: every message that goes out has a number, and a line is dealt with when all its numbers are answered.
With labelled responses the number is the label. Without them, and for answers that fail to come, there is the
ping: a server deals with one client's messages in order, so its pong answers all numbers from before the ping.
One ping is on its way at a time, and it speaks for all lines that were sent meanwhile.

That also tells how fast the server is: no more than WINDOW messages are ever on their way, so a server that slows
floods down slows us down, instead of throwing us out.

What must stay true: lines go out, and are reported as dealt with, in the order in which they came; each goes out
once; a line whose outcome decides what the next one means (`alone`) is dealt with before that one is read.

Not here: what a line means (speaking.py), what an answer means (hearing.py, replies.py).
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from coliseum.client.irc.speaking import Speech, Wish
from coliseum.core.requests import Quit
from coliseum.dialects.irc.message import Message

WINDOW = 8
"Messages on their way. At 512 bytes each they are half of what common servers keep of one client (8 KiB)."
PING_TOKEN = "coliseum-line-"  # noqa: S105 - a name
"What our own pings begin with."
MOST_PINGS = 50
"Pings that we remember; a server that answers none of them is broken."


@dataclass(eq=False, slots=True)
class Utterance:
    """One line of the user."""

    wish: Wish | None
    "None: nothing is to be done; it only counts."
    unsent: deque[Message] = field(default_factory=deque)
    open: set[int] = field(default_factory=set)
    "Numbers that are sent and not answered."
    asides: set[int] = field(default_factory=set)
    "Numbers of messages that the user did not ask for."
    said: list[tuple[str, str]] = field(default_factory=list)
    "Target and text of what was said, as long as the server has not said it back."
    alone: bool = False
    refused: bool = False
    "The server has said no."
    answered: bool = False
    "What was asked for has been told."

    @property
    def landed(self) -> bool:
        """Everything was sent and answered."""
        return not self.unsent and not self.open


class Flight:
    """The lines of one connection."""

    def __init__(
        self,
        send: Callable[[Message], None],
        speak: Callable[[Wish], Speech],
        landed: Callable[[Utterance], None],
    ) -> None:
        """`speak` says what a line needs to be sent; `landed` is told of each line, in order, when it is done."""
        self._send = send
        self._speak = speak
        self._landed = landed
        self.cleared = False
        "Lines may take off: we are registered."
        self.closing = False
        "The goodbye is among what was sent, or will be."
        self.labels = False
        "The server answers with labels."
        self.count = 0
        "How many lines are dealt with."
        self._waiting: deque[Utterance] = deque()
        self._flying: deque[Utterance] = deque()
        self._number = 0
        "The last number that was given."
        self._pings_sent = 0
        self._pings: dict[str, int] = {}
        "The pings that are on their way, and for each the last number from before it."
        self._overtaken = False
        "Some number was answered before an older one."

    def take(self, wish: Wish | None) -> None:
        """Take in a line. None: nothing is to be done about it but to count it in its turn."""
        self._waiting.append(Utterance(wish))

    @property
    def idle(self) -> bool:
        """Nothing that was taken in has yet to be sent."""
        return not any(line.wish is not None for line in self._waiting) and not any(
            line.unsent for line in self._flying
        )

    @property
    def settled(self) -> bool:
        """Everything that was taken in is dealt with, but for a goodbye."""
        return all(isinstance(line.wish, Quit | None) for line in (*self._waiting, *self._flying))

    def say_goodbye(self) -> None:
        """Prepare for the goodbye: it is preceded by a question whether all before it has come."""
        self.closing = True
        if not self.labels and any(line.open for line in self._flying):
            self._send_ping()

    def go_on(self) -> int | None:
        """Send what may be sent now; return how many lines are dealt with, if more are than the last time."""
        before = self.count
        while (self.cleared and (self._send_next() or self._take_off())) or self._land():
            pass
        if not self.closing:  # what comes after a goodbye is not read, and can cost us the answer to it
            self._ask_for_answers()
        return self.count if self.count > before else None

    # --- answers -------------------------------------------------------------------------------------------

    def labelled(self, label: str) -> Utterance | None:
        """Return the line that has this label, while it is on its way."""
        number = int(label) if label.isascii() and label.isdigit() and len(label) < 10 else 0
        return next((line for line in self._flying if number in line.open), None)

    def is_aside(self, label: str) -> bool:
        """Say whether the label is that of a message which the user did not ask for."""
        line = self.labelled(label)
        return line is not None and int(label) in line.asides

    def answer(self, label: str) -> None:
        """Take in that the message with this label was answered, completely."""
        line = self.labelled(label)
        if line is not None:
            number = int(label)
            line.open.discard(number)
            self._overtaken = self._overtaken or any(n < number for other in self._flying for n in other.open)

    def pinged(self, token: str) -> None:
        """Take in that a ping was sent, by whomever; its answer tells as much as that to one of ours."""
        self._pings[token] = self._number
        if len(self._pings) > MOST_PINGS:
            del self._pings[next(iter(self._pings))]

    def pong(self, token: str) -> bool:
        """Take in the answer to a ping; False: it was not one of ours."""
        covered = self._pings.pop(token, 0)
        for line in self._flying:
            line.open = {number for number in line.open if number > covered}
        return token.startswith(PING_TOKEN)

    def asked(self, kind: type) -> Iterator[Utterance]:
        """Yield the lines on their way that ask for such a thing and have no answer yet, the oldest first."""
        return (line for line in self._flying if isinstance(line.wish, kind) and not line.answered)

    def echoed(self, target: str, text: str, fold: Callable[[str], str]) -> bool:
        """Take in that the server says back what we said; False: it was not us, or not here."""
        for line in self._flying:
            for said in line.said:
                # A server may change a text (filters); what goes to the same place in the same order is the same.
                if fold(said[0]) == fold(target) and (said[1] == text or said is line.said[0]):
                    line.said.remove(said)
                    return True
        return False

    # --- the way of a line ---------------------------------------------------------------------------------

    def _send_next(self) -> bool:
        """Send one message of the line that took off last."""
        line = self._flying[-1] if self._flying else None
        if line is None or not line.unsent or sum(len(other.open) for other in self._flying) >= WINDOW:
            return False
        message = line.unsent.popleft()
        self._number += 1
        line.open.add(self._number)
        if message.command == "PRIVMSG":
            line.said.append((message.params[0], message.params[1]))
        # InspIRCd keeps the answer to a labelled goodbye, and then there is nobody to send it to.
        tags = {"label": str(self._number)} if self.labels and message.command != "QUIT" else {}
        self._send(Message(message.command, message.params, tags=tags))
        return True

    def _take_off(self) -> bool:
        """Read the next line, if everything before it was sent and nothing has to be waited for."""
        if not self._waiting or (self._flying and (self._flying[-1].unsent or self._flying[-1].alone)):
            return False
        line = self._waiting.popleft()
        self._flying.append(line)
        if line.wish is not None:
            speech = self._speak(line.wish)
            line.unsent.extend(speech.messages)
            line.alone = speech.alone
            last = self._number + len(speech.messages)
            line.asides = set(range(last - speech.asides + 1, last + 1))
        return True

    def _land(self) -> bool:
        """Report the oldest line, if it is dealt with."""
        if not self._flying or not self._flying[0].landed:
            return False
        self._landed(self._flying.popleft())
        self.count += 1
        return True

    def _ask_for_answers(self) -> None:
        """Send a ping where something is on its way that no label will tell us about."""
        asked = any(token.startswith(PING_TOKEN) for token in self._pings)
        unknown = not self.labels or self._overtaken
        if unknown and not asked and any(line.open for line in self._flying):
            self._send_ping()

    def _send_ping(self) -> None:
        self._overtaken = False
        self._pings_sent += 1
        token = f"{PING_TOKEN}{self._pings_sent}"
        self.pinged(token)
        self._send(Message("PING", (token,)))
