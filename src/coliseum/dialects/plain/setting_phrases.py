"""The sentences of changed settings: who did what to a room, one line per change.

What must stay true: a room's password is in no sentence. Whoever is inside could learn it elsewhere, but others
look at a screen too.
"""

from coliseum.core.kinds import Change, Setting
from coliseum.core.masks import SILENCING
from coliseum.core.vocabulary import SettingsChanged
from coliseum.dialects.plain.phrasebook import Phrasebook
from coliseum.dialects.reasons import Translate

SETTINGS = Phrasebook()


@SETTINGS.says(SettingsChanged)
def _settings_changed(_: Translate, e: SettingsChanged) -> str:
    return "\n".join(_changed(_, e, change) for change in e.changes)


def _changed(_: Translate, e: SettingsChanged, change: Change) -> str:
    value = change.value
    if change.setting is Setting.BAN and value.startswith(SILENCING):
        value = value.removeprefix(SILENCING)
        on, off = _("{nick} silenced {value} in {room}."), _("{nick} lets {value} speak in {room} again.")
    else:
        on, off = _sentences(_)[change.setting]
        if change.setting is Setting.CAPACITY and value == "1":
            on = _("{nick} limited {room} to one person.")
    return (on if change.on else off).format(nick=e.source.nick, room=e.room, value=value)


def _sentences(_: Translate) -> dict[Setting, tuple[str, str]]:
    """Return what is said when a setting was made, and when it was taken away."""
    return {
        Setting.MODERATED: (
            _("{nick} made {room} moderated: only operators and those with a voice are heard."),
            _("{nick} ended the moderation of {room}: everybody is heard."),
        ),
        Setting.MEMBERS_ONLY: (
            _("{nick} closed {room} to what is said from outside."),
            _("{nick} opened {room} to what is said from outside."),
        ),
        Setting.SECRET: (_("{nick} made {room} secret."), _("{nick} made {room} public.")),
        Setting.TOPIC_LOCKED: (
            _("{nick} left the topic of {room} to its operators."),
            _("{nick} left the topic of {room} to everybody inside."),
        ),
        Setting.INVITE_ONLY: (
            _("{nick} closed {room} to everybody who is not invited."),
            _("{nick} opened {room}: nobody has to be invited."),
        ),
        Setting.NO_REQUESTS: (
            _("{nick} closed {room} to requests of clients."),
            _("{nick} opened {room} to requests of clients."),
        ),
        Setting.PASSWORD: (
            _("{nick} set a password for {room}."),
            _("{nick} took the password of {room} away."),
        ),
        Setting.CAPACITY: (
            _("{nick} limited {room} to {value} people."),
            _("{nick} took the limit of {room} away."),
        ),
        Setting.BAN: (
            _("{nick} banned {value} from {room}."),
            _("{nick} no longer bans {value} from {room}."),
        ),
        Setting.EXCEPTION: (
            _("{nick} exempted {value} from the bans of {room}."),
            _("{nick} no longer exempts {value} from the bans of {room}."),
        ),
        Setting.INVITATION: (
            _("{nick} lets {value} into {room} without being invited."),
            _("{nick} no longer lets {value} into {room} without being invited."),
        ),
        Setting.OPERATOR: (
            _("{nick} made {value} an operator of {room}."),
            _("{nick} made {value} no longer an operator of {room}."),
        ),
        Setting.VOICE: (
            _("{nick} gave {value} a voice in {room}."),
            _("{nick} took the voice of {value} in {room} away."),
        ),
    }
