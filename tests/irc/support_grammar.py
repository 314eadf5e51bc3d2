"""Lines for the fuzzer: every command of the table, with parameters that are valid, nearly so, or garbage.

Which words stand for which parameter is in `POOLS`; which parameters a command takes in `TEMPLATES`.
"""

import re
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

NICKS = ["ana", "ANA", "luis", "eva", "Bob", "ñandú", "李"]
ROOMS = ["#a", "#A", "#b", "#c", "#lobby", "#ñ", "#x!y"]
POOLS: dict[str, list[str]] = {
    "nick": [*NICKS, *NICKS, "guest-1", "nobody"],
    "room": [*ROOMS, *ROOMS, *ROOMS, "#nowhere"],
    "odd": [
        "",
        "*",
        "#",
        "@#a",
        "+#b",
        "@+#c",
        "1x",
        "a,b",
        ",",
        "#" + "r" * 60,
        "é" * 40,
        "0",
        "-",
        "~",
        "irc.example",
    ],
    "key": ["key", "key", "other", "", "k" * 40],
    "mask": ["*!*@*", "ana", "l*!*@*", "*@localhost", "~m:eva", "~m:*", "~x:y", "a b", "", "x" * 201, "?" * 30],
    "text": [
        *("hi", "hello there", ":)", "", " ", "\x02bold\x02", "a" * 300, "é" * 250, "😀" * 100, "漢" * 200),
        *(
            "\x01ACTION waves\x01",
            "\x01VERSION\x01",
            "\x01",
            "\x01\x01",
            "\x01ACTION",
            "\x01PING 1",
            "\x7f\x1b[2J",
        ),
    ],
    "flags": ["s", "i", "m", "n", "t", "C", "+s-n", "-smi", "ns", "xyz", "+", "-", "", "+-+-", "C" * 40],
    "roles": ["+o", "-o", "+v", "-v", "o", "v"],
    "lists": ["b", "+b", "-b", "e", "+e", "-e", "I", "+I", "-I"],
    "user": ["+i", "-i", "+B", "-B", "+T", "-T", "+w", "-w", "-o", "+o", "+iBTwo", "x", ""],
    "number": ["0", "1", "2", "3", "9999999", "-1", "x", "٣", "1" * 100],
    "filter": [">0", "<2", ">", "C>0", "C<1", "T>0", "t<5", "*", "#?", "!*a", "!", "<", "C<", "T>x"],
    "caps": [
        *(
            "echo-message",
            "-echo-message",
            "multi-prefix",
            "-multi-prefix",
            "userhost-in-names",
            "batch",
            "setname",
        ),
        *(
            "labeled-response",
            "-labeled-response",
            "-batch",
            "server-time",
            "-server-time",
            "message-tags",
            "sasl",
        ),
        *("away-notify extended-join", "-extended-join", "no-implicit-names", "-", "", "extended-monitor", "=x"),
    ],
    "fields": ["%n", "%tcuihsnfdlaor,7", "%tnr,42", "o", "o%nf", "%", "%zz", "%t,", "%a"],
}
"What stands for the words in braces below."

TEMPLATES: dict[str, list[str]] = {
    "ADMIN": ["", "{odd}"],
    "AWAY": ["", ":{text}", ":{text}"],
    "CAP": ["LS", "LS 302", "LIST", "REQ :{caps}", "REQ :{caps} {caps}", "END", "{odd}", ""],
    "ERROR": [":{text}"],
    "HELP": ["", "{odd}", "JOIN", "help"],
    "HELPOP": ["", "{odd}"],
    "INFO": ["", "{odd}"],
    "INVITE": ["", "{nick} {room}", "{nick} {room}", "{nick} {room}", "{nick}", "{odd} {odd}"],
    "ISON": ["{nick} {nick}", ":{nick} {nick}", "{odd}", ""],
    "JOIN": [
        *["{room}"] * 5,
        "#a",
        "#b",
        "#c",
        "#a,#b,#c,#lobby",
        "{room},{room}",
        "{room},{room} {key},{key}",
        "{room} {key}",
        "0",
        "{odd}",
        "",
    ],
    "KICK": [
        "{room} {nick}",
        "{room} {nick} :{text}",
        "{room} {nick},{nick}",
        "{room},{room} {nick},{nick}",
        "{room}",
    ],
    "KILL": ["{nick}", "{nick} :{text}", "{odd}", ""],
    "LINKS": ["", "{odd}"],
    "LIST": [
        "",
        "{room} :{odd}",
        "{filter} {odd}",
        "{filter}",
        "{filter},{filter}",
        "{room},{room}",
        "{room} {filter}",
        "{odd}",
    ],
    "LUSERS": ["", "{odd}"],
    "MODE": [
        *("{room}", "{room} {flags}", "{room} {flags}", "{room} {flags}", "{room} {roles} {nick}"),
        *(["{room} {roles} {nick}", "{room} {lists} {mask}", "{room} {lists}", "{room} {lists} {nick}"] * 2),
        *(
            "{room} +k {key}",
            "{room} -k {key}",
            "{room} +l {number}",
            "{room} -l",
            "{room} +l-k+o {number} {key} {nick}",
        ),
        *("{nick}", "{nick} {user}", "{nick} {user}", "{odd} {odd}", "", "{room} {flags} {nick} {mask}"),
    ],
    "MONITOR": ["+ {nick},{nick}", "- {nick}", "C", "L", "S", "+ {odd}", "{odd}", "", "+"],
    "MOTD": ["", "{odd}", "{nick}"],
    "NAMES": ["{room}", "{room}", "{room},{room}", "", "{odd}"],
    "NICK": ["{nick}", "{nick}", "{nick}", "{odd}", ""],
    "NOTICE": ["{room} :{text}", "{nick} :{text}", "{odd} :{text}", "{room},{nick} :{text}", "{room}", ""],
    "OPER": ["root sesame", "root sesame", "root wrong", "nobody sesame", "root", ""],
    "PART": ["{room}", "{room} :{text}", "{room},#a", "{odd}", ""],
    "PASS": ["{key}", ""],
    "PING": ["{text}", ":{text}", ""],
    "PONG": ["{odd}", ""],
    "PRIVMSG": [
        *["{room} :{text}"] * 3,
        *("{nick} :{text}", "{room},{nick} :{text}", "@{room} :{text}", "+{room} :{text}", "{odd} :{text}"),
        *("{nick},{nick},{nick},{nick} :{text}", "a,b,c,d,e :{text}", "{room}", ""),
    ],
    "QUIT": [":{text}", ""],
    "REHASH": [""],
    "SETNAME": [":{text}", ":Somebody", ""],
    "STATS": ["u", "{odd}", ""],
    "TAGMSG": ["{room}", "{nick}", "@{room}", "{odd}", ""],
    "TIME": ["", "{odd}"],
    "TOPIC": ["{room}", "{room} :{text}", "{room} :{text}", "{odd}", ""],
    "USER": ["u 0 * :{text}", "{odd}", ""],
    "USERHOST": ["{nick} {nick}", "{odd}", ""],
    "VERSION": ["", "{odd}"],
    "WALLOPS": [":{text}", ""],
    "WHO": ["{room}", "{nick}", "{mask}", "{room} {fields}", "{nick} {fields}", "* {fields}", "", "{odd}"],
    "WHOIS": ["{nick}", "{nick} {nick}", "irc.example {nick}", "{odd}", ""],
    "WHOWAS": ["{nick}", "{nick} {number}", "{odd}", ""],
}
OFTEN = [
    "JOIN",
    "JOIN",
    "PART",
    "MODE",
    "MODE",
    "MODE",
    "PRIVMSG",
    "INVITE",
    "KICK",
    "NICK",
    "TOPIC",
    "AWAY",
    "LIST",
]
SELDOM = ["QUIT", "KILL"]
NAMES = [*OFTEN, *OFTEN, *sorted(set(TEMPLATES) - set(SELDOM)), *sorted(set(TEMPLATES) - set(SELDOM)), *SELDOM]
TAGS = ["", "", "", "", "+typing=active", "+x=a\\sb;+y", "time=now", ";;=;", "+z=" + "é" * 100]
PLAIN = [
    *("/join {room}", "/join {room}", "/join {room} {key}", "{text}", "hello", "/leave", "/nick {nick}", "/rooms"),
    *(
        "/who",
        "/topic {text}",
        "/topic -",
        "/topic",
        "/msg {nick} hello",
        "/help",
        "/ping x",
        "x" * 3000,
        "/dance",
    ),
]
TWISTS = [*[""] * 24, "case", "source", "extra", "spaces", "cut", "garbage"]
"What is done to a line that would be good."


class Scene(NamedTuple):
    """What somebody sees around them, so that most of what they say is about something."""

    rooms: Sequence[str] = ()
    nicks: Sequence[str] = ()


def filled(random: Random, template: str, scene: Scene) -> str:
    """Return a template with words for what stands in braces."""
    seen = {"room": scene.rooms, "nick": scene.nicks}

    def word(found: re.Match[str]) -> str:
        near = seen.get(found[1], ())
        return random.choice(near if near and random.random() < 0.7 else POOLS[found[1]])

    return re.sub(r"\{(\w+)\}", word, template)


def words(random: Random, names: Sequence[str], scene: Scene) -> str:
    """Return a line without tags, with one of these commands."""
    name = random.choice(names)
    template = random.choice(TEMPLATES[name])
    if not template or "odd" in template:  # enough of these come all the same
        template = random.choice(TEMPLATES[name])
    line = f"{name} {filled(random, template, scene)}".rstrip(" ")
    match random.choice(TWISTS):
        case "case":
            line = line.lower()
        case "source":
            line = f":somebody {line}"
        case "extra":
            line = f"{line} {random.choice(POOLS['odd'])} more"
        case "spaces":
            line = line.replace(" ", "  ", 1) + " "
        case "cut":
            line = line[: len(line) * 2 // 3]
        case "garbage":
            line = "".join(random.choices(" :@;=,#ab\\\x00\r\x01\x7fé漢😀\u2028", k=random.randrange(40)))
    return line


def tags(random: Random) -> str:
    """Return tags, or nothing."""
    return random.choice(TAGS)


def tagged(line: str, *tags: str) -> str:
    """Return a line with tags before it."""
    found = ";".join(filter(None, tags))
    return f"@{found} {line}" if found else line


def plain(random: Random) -> str:
    """Return a line of the plain dialect."""
    return filled(random, random.choice(PLAIN), Scene())
