"""The words for why a session ended: the same in every dialect."""

from collections.abc import Callable
from typing import TypeAlias

from coliseum.core.kinds import Reason

Translate: TypeAlias = Callable[[str], str]
"Returns an English sentence in the language of the reader."


def reason_text(_: Translate, reason: Reason) -> str:
    """Return why a connection ended, to stand behind a colon or in brackets."""
    texts = {
        Reason.QUIT: _("said goodbye"),
        Reason.PEER_CLOSED: _("closed the connection"),
        Reason.CONNECTION_LOST: _("connection lost"),
        Reason.ROOM_FULL: _("the room is full"),
        Reason.SERVER_FULL: _("the server is full"),
        Reason.PASSWORD_FAILED: _("wrong password"),
        Reason.PASSWORD_TIMEOUT: _("no password was given in time"),
        Reason.REGISTRATION_TIMEOUT: _("did not say who they are in time"),
        Reason.HANDSHAKE_FAILED: _("the TLS handshake failed"),
        Reason.HANDSHAKE_TIMEOUT: _("the handshake took too long"),
        Reason.NOT_TLS: _("this port speaks TLS only (tls://), and what came was not TLS"),
        Reason.NOT_PLAIN: _("this port speaks without TLS (tcp://), and what came was TLS"),
        Reason.HTTP: _("this is a chat server, not a web server"),
        Reason.ENDLESS_LINE: _("a line without an end"),
        Reason.LINE_TIMEOUT: _("a line was begun and not ended"),
        Reason.TOO_MANY_CONNECTIONS: _("the server has as many connections as it can"),
        Reason.TOO_MANY_FROM_ADDRESS: _("too many connections from the same address"),
        Reason.CROWDED_OUT: _("too many were on their way in, and this one had taken longest"),
        Reason.EXPIRED: _("nothing was heard for too long"),
        Reason.SENDQ_EXCEEDED: _("too much was waiting to be read"),
        Reason.STALLED: _("nothing was read for too long"),
        Reason.KILLED: _("ended by a server operator"),
        Reason.SERVER_STOPPING: _("the server is stopping"),
        Reason.INTERNAL_ERROR: _("an error in the server"),
        Reason.OTHER: _("for another reason"),
    }
    return texts[reason]
