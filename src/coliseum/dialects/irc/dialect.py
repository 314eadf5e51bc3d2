"""One IRC session: its reading, its answers, the response collector.

The idea: around every command stands the collector. Whatever a command puts into its own session's mailbox is its
answer; if the line had a label, that is wrapped into one `Labelled` event. So no handler knows of labels. A
command that has to wait (a script) is answered the same way, in pieces that are put together at its end.

What must stay true: every line with a label has exactly one labelled answer; what others' sessions caused
meanwhile is not part of it; a NOTICE is never answered with an error.

Sources: modern.ircdocs.horse, IRCv3 Labeled Responses, UTF8ONLY.
"""

import math
from typing import Any

from coliseum.core.effects import Effect, Script
from coliseum.core.kinds import Reason
from coliseum.core.mailbox import Burst
from coliseum.core.refusals import ControlCharacters, LineTooLong, NotText, Refusal
from coliseum.core.session import Session
from coliseum.core.vocabulary import Event, Told
from coliseum.dialects.irc import (
    commands,  # noqa: F401 - the families add their rows to the table
    refusals,
)
from coliseum.dialects.irc import numerics as n
from coliseum.dialects.irc.client import Client, Common, safe
from coliseum.dialects.irc.command import COMMANDS, When
from coliseum.dialects.irc.commands.talk import go_on
from coliseum.dialects.irc.message import LINE_BYTES, TAGS_BYTES, Message, parse
from coliseum.dialects.irc.registration import Stage
from coliseum.dialects.irc.replies import Labelled, Written
from coliseum.errors import Refused

_HTTP = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "PATCH"})
LABEL_BYTES = 64
LINE_LIMIT = TAGS_BYTES + LINE_BYTES - 2
"What the line reader lets through, without CR LF; the two budgets are looked at here."
_NOTHING = Written(())
ENDLESS = 16 * 1024
"Bytes of one line that end the connection."


class IrcDialect:
    """Reads one session's lines."""

    __slots__ = (
        "_asked",
        "_batches",
        "_session",
        "client",
    )

    def __init__(self, session: Session, common: Common) -> None:
        self.client = Client(session, common)
        self._session = session
        self._batches = 0
        self._asked = -math.inf
        "When a sign of life was asked for last; monotonic seconds."

    def greet(self) -> None:
        """Wait for the client to say who it is; IRC servers say nothing first."""
        policy = self._session.world.policy
        self._session.expect(policy.registration_timeout, Reason.REGISTRATION_TIMEOUT)
        self._watch(self._session.heard + policy.quiet)

    def hear(self, line: str) -> Script | None:
        """Deal with one line; never raises Refused: that is answered here."""
        head, _, text = line.partition(" :")
        if head == self.client.speech:
            try:
                if go_on(self.client, head, text):
                    return None
            except Refused:
                pass  # to be refused again below, in the words of the command
        try:
            message = parse(line)
        except ValueError:
            return None  # an empty line means nothing (RFC 2812 section 2.3)
        name = message.command.upper()
        if name in _HTTP and not self.client.registration.done:  # TRACE and CONNECT are words of IRC too
            self._session.close(Reason.HTTP)
            return None
        if name == "CAP":
            self._write_what_waits()
        return self._answer(name, message, _flaw(line))

    def garbled(self, why: Refusal, text: str) -> None:
        """Say why a line could not be read; `text` is as much of it as could."""
        try:
            message = parse(text)
        except ValueError:
            message = Message("*")
        name = safe(message.command).upper()
        self._answer(name if isinstance(why, NotText) else "*", message, why)

    def settled(self) -> None:
        """Nothing is acknowledged on IRC."""

    # --- the response collector ----------------------------------------------------------------------------

    def _label(self, message: Message) -> str:
        if not {"batch", "labeled-response"} <= self.client.capabilities:
            return ""
        label = message.tags.get("label", "")
        return label if len(label.encode()) <= LABEL_BYTES and "\0" not in label else ""

    def _answer(self, name: str, message: Message, flaw: Refusal | None) -> Script | None:
        """Perform the command, or refuse it for its `flaw`, and answer it under its label, if it has one."""
        label = self._label(message) if message.tags else ""
        mark = len(self._session.mailbox)
        try:
            if flaw is not None:
                raise Refused(flaw)
            script = self._perform(name, message)
        except Refused as refused:
            self._refuse(refused.why, name)
            script = None
        if script is not None:
            return self._answer_script(script, label, name)
        if label:
            self._give(label, self._take(mark))
        return None

    def _answer_script(self, script: Script, label: str, name: str) -> Script:
        kept: list[Event] = []

        def advance(result: Any) -> Effect | None:
            """Let the script go on; return what it waits for next, None at its end. Its answers go into `kept`."""
            mark = len(self._session.mailbox)
            effect = None
            try:
                effect = script.send(result)
            except StopIteration:
                pass
            except Refused as refused:
                self._refuse(refused.why, name)
            if label:
                kept.extend(self._take(mark))
            return effect

        try:
            effect = advance(None)
            while effect is not None:
                effect = advance((yield effect))
        finally:
            script.close()
        if label:
            self._give(label, kept)

    def _take(self, mark: int) -> list[Event]:
        """Take out what was put into the mailbox since it was `mark` long; nothing when the session is over."""
        mailbox = self._session.mailbox
        if self._session.over:
            return []
        taken = [event for burst in mailbox[mark:] for event in burst.events]
        if taken:
            mailbox[mark:] = [Burst(_NOTHING, 0)]  # it is on the list for the flush, and must not come on it again
        return taken

    def _write_what_waits(self) -> None:
        """Write what is in the mailbox before the capabilities change: it is older than the change."""
        mailbox = self._session.mailbox
        if mailbox:
            lines = b"".join([burst.form(self._session.renderer) for burst in mailbox]).decode().split("\r\n")
            mailbox[:] = [Burst(Written(tuple(lines[:-1])), 0)]

    def _give(self, label: str, events: list[Event]) -> None:
        if self._session.over:
            return
        # A message to oneself is delivered like anybody's, without the label: that is on the echo, if any.
        delivered = [event for event in events if isinstance(event, Told) and event.nick == self.client.nick]
        if self.client.has("echo-message"):
            delivered = delivered[: len(delivered) // 2]
        rest = list(events)
        for event in delivered:
            rest.remove(event)
        self._batches += 1
        self._session.post(Labelled(label, str(self._batches), tuple(rest)))
        for event in delivered:
            self._session.post(event)

    # --- one command ---------------------------------------------------------------------------------------

    def _perform(self, name: str, message: Message) -> Script | None:
        client = self.client
        command = COMMANDS.get(name)
        registered = client.registration.stage is Stage.REGISTERED
        if command is None:
            client.reply(n.ERR_UNKNOWNCOMMAND, safe(message.command))
        elif not registered and command.when is When.REGISTERED:
            if name != "NOTICE":
                client.reply(n.ERR_NOTREGISTERED)
        elif registered and command.when is When.UNREGISTERED:
            client.reply(n.ERR_ALREADYREGISTERED)
        elif len(message.params) < command.least:
            client.reply(n.ERR_NEEDMOREPARAMS, name)
        else:
            return command.run(client, message)
        return None

    def _refuse(self, why: Refusal, name: str) -> None:
        refusals.answer(self.client, why, name)

    # --- signs of life -------------------------------------------------------------------------------------

    def _watch(self, due: float) -> None:
        self._session.remind(due, self._look)

    def _look(self) -> None:
        """Ask a silent client for a sign of life, or end the session of one that gave none."""
        heard, now, quiet = (
            self._session.heard,
            self._session.world.now.monotonic,
            self._session.world.policy.quiet,
        )
        if now < heard + quiet:
            self._watch(heard + quiet)
        elif self._asked <= heard:
            self._asked = now
            self.client.say("PING", text=self.client.server)
            self._watch(now + quiet)
        else:
            self._session.close(Reason.EXPIRED)


def _flaw(line: str) -> Refusal | None:
    """Say what is wrong with a line that could be parsed."""
    # An ASCII line of 510 characters is within both budgets, as nearly all lines are.
    if not (len(line) <= LINE_BYTES - 2 and line.isascii()) and not within_budget(line):
        return LineTooLong(LINE_BYTES)
    if "\r" in line or "\0" in line:
        return ControlCharacters()
    return None


def within_budget(line: str) -> bool:
    """Say whether a line is short enough: its tags with `@` and space, and the rest with CR LF."""
    tags, rest = "", line
    if line.startswith("@"):
        tags, space, rest = line.partition(" ")
        tags += space
    return len(tags.encode()) <= TAGS_BYTES and len(rest.encode()) <= LINE_BYTES - 2
