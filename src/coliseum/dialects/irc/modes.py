"""Modes: the letters that IRC writes for settings of rooms and traits of users, in both directions.

What must stay true: a letter stands for exactly one setting; ISUPPORT and 004 are made from these tables.

Sources: modern.ircdocs.horse "Modes", RFC 2811 section 4; `B` IRCv3 Bot Mode; `C` as on most servers.
"""

from collections.abc import Iterable, Iterator, Sequence

from coliseum.core.kinds import Change, Setting, Trait

FLAGS = {
    "C": Setting.NO_REQUESTS,
    "i": Setting.INVITE_ONLY,
    "m": Setting.MODERATED,
    "n": Setting.MEMBERS_ONLY,
    "s": Setting.SECRET,
    "t": Setting.TOPIC_LOCKED,
}
LISTS = {"I": Setting.INVITATION, "b": Setting.BAN, "e": Setting.EXCEPTION}
VALUES = {"k": Setting.PASSWORD, "l": Setting.CAPACITY}
ROLES = {"o": Setting.OPERATOR, "v": Setting.VOICE}
PREFIXES = {Setting.OPERATOR: "@", Setting.VOICE: "+"}
"From the highest to the lowest."
ROOM_MODES = FLAGS | LISTS | VALUES | ROLES
LETTERS = {setting: letter for letter, setting in ROOM_MODES.items()}

USER_MODES = {
    "B": Trait.BOT,
    "T": Trait.UNREQUESTED,
    "i": Trait.INVISIBLE,
    "o": Trait.OPERATOR,
    "w": Trait.LISTENER,
}
USER_LETTERS = {trait: letter for letter, trait in USER_MODES.items()}

EXTBAN_PREFIX = "~"
EXTBANS = "m"
"`~m:mask` silences without keeping out."


def prefixes(roles: Iterable[Setting], *, all_of_them: bool) -> str:
    """Return the signs in front of a member's nick: `@+`, or the highest alone."""
    found = "".join(sign for role, sign in PREFIXES.items() if role in roles)
    return found if all_of_them else found[:1]


def user_modes(traits: Iterable[Trait]) -> str:
    """Return `+iw`; just `+` for none."""
    return "+" + "".join(sorted(USER_LETTERS[trait] for trait in traits))


def split(words: Sequence[str]) -> Iterator[tuple[bool, str]]:
    """Yield sign and letter of each mode in a mode string."""
    on = True
    for sign in "".join(words):
        if sign in "+-":
            on = sign == "+"
        else:
            yield on, sign


def written(changes: Sequence[Change], room: int, most: int = 20) -> list[str]:
    """Return changes as mode strings with their parameters (`+ov ana luis`), each in at most `room` bytes.

    No string has more than `most` changes.
    """
    found: list[str] = []
    letters, words, sign, count = "", "", "", 0
    for change in changes:
        mark = "+" if change.on else "-"
        value = change.value or ("*" if change.setting is Setting.PASSWORD else "")
        letter = ("" if mark == sign else mark) + LETTERS[change.setting]
        word = f" {value}" if value else ""
        if count == most or len((letters + letter + words + word).encode()) > room:
            found.append(letters + words)
            letters, words, count = "", "", 0
            letter = mark + LETTERS[change.setting]
        letters, words, sign, count = letters + letter, words + word, mark, count + 1
    return [*found, letters + words] if letters else found
