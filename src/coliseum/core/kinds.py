"""The closed lists of words that events and rooms use: kinds of message, settings of a room, traits of a user.

The idea: every word is a StrEnum whose value is stable, because programs read it (JSON, logs). What letter or
sentence stands for it is a dialect's affair.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing is said."""

    MESSAGE = "message"
    NOTICE = "notice"
    "Said by a program or to nobody in particular; nothing ever answers it by itself."
    ACTION = "action"
    'What somebody does: "waves" of "ana waves".'
    REQUEST = "request"
    "A client asks the other's client something (its version, the time, …); people need not see it."
    ANSWER = "answer"
    "A client's answer to a request."
    SIGNAL = "signal"
    "No text at all, only tags: somebody is typing, reacts, …."


class Setting(StrEnum):
    """What can be set about a room, or about somebody in it."""

    MODERATED = "moderated"
    "Only operators and those with a voice are heard."
    MEMBERS_ONLY = "members-only"
    "Nobody speaks into the room from outside."
    SECRET = "secret"  # noqa: S105 - a name
    "Whoever is not inside does not learn that the room exists."
    TOPIC_LOCKED = "topic-locked"
    "Only operators change the topic."
    INVITE_ONLY = "invite-only"
    "Only who was invited comes in."
    NO_REQUESTS = "no-requests"
    "Clients send no requests to the room."
    PASSWORD = "password"  # noqa: S105
    "Who comes in has to know it."
    CAPACITY = "capacity"
    BAN = "ban"
    "Who matches one of these masks neither comes in nor is heard."
    EXCEPTION = "exception"
    "Who matches one of these is not banned."
    INVITATION = "invitation"
    "Who matches one of these need not be invited."
    OPERATOR = "operator"
    VOICE = "voice"


FLAGS = frozenset(
    {
        Setting.MODERATED,
        Setting.MEMBERS_ONLY,
        Setting.SECRET,
        Setting.TOPIC_LOCKED,
        Setting.INVITE_ONLY,
        Setting.NO_REQUESTS,
    }
)
"Yes or no."
LISTS = frozenset({Setting.BAN, Setting.EXCEPTION, Setting.INVITATION})
"Lists of masks."
ROLES = frozenset({Setting.OPERATOR, Setting.VOICE})
"What a member of the room is in it."


class Trait(StrEnum):
    """What can be set about a user."""

    INVISIBLE = "invisible"
    "Whoever shares no room with them does not find them in a list."
    BOT = "bot"
    "A program, and says so."
    LISTENER = "listener"
    "Hears what server operators announce."
    OPERATOR = "operator"
    "Administers the server."
    UNREQUESTED = "unrequested"
    "Clients' requests do not reach them."


@dataclass(frozen=True, slots=True)
class Change:
    """One setting of a room that was changed."""

    setting: Setting
    on: bool
    value: str = ""
    "A role: the nick. A list: the mask. PASSWORD and CAPACITY: what it is now (empty when it was taken away)."


class Reason(StrEnum):
    """Why a session ended: named in the log, and told to the others of its rooms."""

    QUIT = "quit"
    PEER_CLOSED = "peer-closed"
    CONNECTION_LOST = "connection-lost"
    ROOM_FULL = "room-full"
    SERVER_FULL = "server-full"
    PASSWORD_FAILED = "password-failed"  # noqa: S105 - a name, not a password
    PASSWORD_TIMEOUT = "password-timeout"  # noqa: S105
    REGISTRATION_TIMEOUT = "registration-timeout"
    HANDSHAKE_FAILED = "handshake-failed"
    HANDSHAKE_TIMEOUT = "handshake-timeout"
    NOT_TLS = "not-tls"
    NOT_PLAIN = "not-plain"
    HTTP = "http"
    ENDLESS_LINE = "endless-line"
    LINE_TIMEOUT = "line-timeout"
    TOO_MANY_CONNECTIONS = "too-many-connections"
    TOO_MANY_FROM_ADDRESS = "too-many-from-address"
    CROWDED_OUT = "crowded-out"
    EXPIRED = "expired"
    SENDQ_EXCEEDED = "sendq-exceeded"
    STALLED = "stalled"
    KILLED = "killed"
    SERVER_STOPPING = "server-stopping"
    INTERNAL_ERROR = "internal-error"
    OTHER = "other"
    "A reason that we do not know: a newer server's."

    @classmethod
    def _missing_(cls, value: object) -> "Reason":  # noqa: ARG003 - enum calls it so
        return cls.OTHER
