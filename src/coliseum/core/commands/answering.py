"""Answering: what a datagram session gets before it is in a room.

The idea: whoever sends a message without being in a room gets it back, `Your message was: …`. Anything more, which
costs a place in the world or a longer answer, is for those who have proved that the address is theirs.

::

    UNPROVED ──(a message)──► it is answered
        └──(a command)──► ProofWanted ──(the word)──► PROVED ──► Entry (password, if any) ──► the command
    in a room: everything is as in any other session; out of it again, messages are answered as before

What must stay true: an unproved address is told little more than what it sent (the link sees to the bytes); a
command that had to wait for the proof is carried out after it, unless a password is wanted first.
Not here: how the word is made and checked (wire.datagrams), what a room is.
"""

from collections.abc import Callable
from dataclasses import dataclass

from coliseum.core.commands import people
from coliseum.core.commands.entry import Entry, Stage
from coliseum.core.effects import Script
from coliseum.core.refusals import NoProofWanted, TooManyFromHere
from coliseum.core.requests import Ping, Prove, Quit, Request, Say
from coliseum.core.session import Session
from coliseum.core.vocabulary import Echoed, ProofWanted
from coliseum.errors import Refused

GOODBYES = ("quit", "salir")
"Messages that end a session which is in no room, without a slash: as this server's first users wrote them."


@dataclass(frozen=True)
class Proof:
    """How one address shows that what is sent to it is read there."""

    make_word: Callable[[], str]
    "Makes the word that is to be typed back; keeps nothing."
    is_word: Callable[[str], bool]
    accept: Callable[[], bool]
    "Called when the word was right; False: too many have proved themselves from there already."


class Answering:
    """One datagram session's requests."""

    def __init__(self, session: Session, entry: Entry, proof: Proof | None) -> None:
        """`proof` is what the address has still to do; None: it is known to be the peer's."""
        self._session = session
        self._entry = entry
        self._proof = proof
        self._wish: Request | None = None
        "What waits for the proof."

    def begin(self) -> None:
        """Let the session in if its address is known."""
        if self._proof is None:
            self._entry.begin()

    def perform(self, request: Request) -> Script | None:
        """Carry out a request as far as the session may. Raises Refused."""
        if isinstance(request, Say) and not self._entry.locked and not self._in_a_room():
            self._answer(request)
            return None
        if self._proof is not None:
            return self._while_unproved(request, self._proof)
        return self._entry.perform(request)

    def _in_a_room(self) -> bool:
        user = self._session.user
        return user is not None and bool(user.rooms)

    def _answer(self, request: Say) -> None:
        if request.text.strip().lower() in GOODBYES:
            people.leave_server(self._session, None, Quit())
        else:
            self._session.post(Echoed(request.text))

    def _while_unproved(self, request: Request, proof: Proof) -> Script | None:
        match request:
            case Ping():
                people.ping(self._session, None, request)
            case Quit():
                people.leave_server(self._session, None, request)
            case Prove(word):
                return self._prove(word, proof)
            case _:
                self._wish = request
                self._session.post(ProofWanted(proof.make_word()))
        return None

    def _prove(self, word: str, proof: Proof) -> Script | None:
        if not proof.is_word(word):
            raise Refused(NoProofWanted())
        if not proof.accept():
            raise Refused(TooManyFromHere())
        self._proof = None
        self._entry.begin()
        wish, self._wish = self._wish, None
        if wish is not None and self._entry.stage is Stage.INSIDE:
            return self._entry.perform(wish)
        return None
