"""Anybody may send anything in any order: what must stay true after each step, and in every client's own view.

Several IRC clients with all sorts of capabilities, and people on the plain dialect in the same rooms. Effects are
performed, time goes by and connections are lost whenever the stream of steps likes: that is all that an engine can
decide. A stream is made from its seed alone; one that ends in a fault is shortened before it is shown.
"""

import traceback
from collections.abc import Callable, Sequence
from random import Random

import pytest

from coliseum.core.limits import Policy
from coliseum.core.refusals import LineTooLong, NotText
from coliseum.dialects.irc.capabilities import CAPABILITIES
from coliseum.dialects.irc.command import COMMANDS
from tests.irc import support_grammar as grammar
from tests.irc.support_chat import ENDS, Chat, Step, hidden
from tests.irc.support_pure import SERVER

pytestmark = pytest.mark.interpreted

SEEDS = 40
STEPS = 600
REPLAYS = 400
"How often a faulty stream is tried again to find a short one."

GOVERNING = ["MODE", "MODE", "MODE", "MODE", "MODE", "JOIN", "INVITE", "PART", "KICK", "TOPIC"]
SPYING = ["WHO", "NAMES", "LIST", "MODE", "TOPIC", "WHOIS", "INVITE", "KICK", "PART", "PRIVMSG"]
FLOODING = ["PRIVMSG", "JOIN", "WHO", "PING"]


def policy_of(random: Random) -> Policy:
    """Return the rules of one house."""
    return Policy(
        server_name=SERVER,
        motd="welcome\nto this place",
        admins=("here", "us"),
        password=random.choice(["", "", "key"]),
        room_capacity=random.choice([3, 3, 2, 0]),
        max_clients=random.choice([0, 0, 5]),
        rooms_per_user=4,
        flood_control=random.random() < 0.2,
        opers=(("root", "sesame"),),
    )


def invent(chat: Chat, random: Random) -> Step:
    """Return the next thing that happens: whatever may, but so that there are always some to whom it can."""
    here = [number for number, who in enumerate(chat.people) if who in chat.everybody]
    inside = [number for number in here if chat.people[number].irc and chat.people[number].user]
    plain = [number for number in here if not chat.people[number].irc]
    capabilities = " ".join(c.name for c in CAPABILITIES if random.random() < 0.6)
    if len(inside) < 3 or random.random() < 0.01:
        return Step("come_in", 0, (random.choice(grammar.NICKS), capabilities))
    if not plain or random.random() < 0.003:
        first = [random.choice(["/json", "/help"]), chat.house.policy.password]
        return Step("connect_plain", 0, tuple(filter(None, first)))
    who, anybody = random.choice(inside), random.choice(here)

    def line(names: Sequence[str] = grammar.NAMES) -> str:
        return grammar.words(random, names, chat.scene(who))

    def govern() -> Step:
        ruler, rooms = random.choice(chat.rulers() or [(who, ["#a"])])
        words = grammar.words(random, GOVERNING, chat.scene(ruler)._replace(rooms=rooms))
        return Step("say", ruler, (words, "", True))

    def say(names: Sequence[str]) -> Step:
        return Step("say", who, (line(names), grammar.tags(random), random.random() < 0.6))

    def spy() -> Step:
        rooms = sorted(f"#{key}" for key in hidden(chat.house.world, chat.people[who].user)) or ["#a"]
        words = grammar.words(random, SPYING, chat.scene(who)._replace(rooms=rooms))
        return Step("say", who, (words, "", random.random() < 0.5))

    def usher() -> Step:
        ruler, rooms = random.choice(chat.rulers() or [(who, ["#a"])])
        return Step("usher", ruler, (random.choice(inside), random.choice(rooms)))

    def change() -> Step:
        return Step("say_much", who, (line(GOVERNING), line(["CAP"]), line(GOVERNING)))

    def say_much() -> Step:
        return Step("say_much", who, tuple(line() for _ in range(random.randrange(2, 6))))

    kinds: list[tuple[float, Callable[[], Step]]] = [
        (50, lambda: say(grammar.NAMES)),
        (25, govern),
        (15, lambda: say(sorted(ENDS))),
        (8, lambda: Step("say_plainly", random.choice(plain), (grammar.plain(random),))),
        (8, spy),
        (4, usher),
        (3, change),
        (6, say_much),
        (2, lambda: Step("say_much", who, (line(FLOODING),) * 30)),
        (2, lambda: Step("garble", who, (line(), random.choice([NotText(), LineTooLong(4606)])))),
        (6, lambda: Step("go_on", anybody, ())),
        (6, lambda: Step("settle", anybody, ())),
        (3, lambda: Step("wait", 0, (random.choice([0.1, 1.0, 10.0, 30.0, 30.0, 95.0]),))),
        (0.5, lambda: Step("connect", 0, (capabilities,))),
        (0.5, lambda: Step("lose", anybody, ())),
        (0.5, lambda: Step("close", anybody, ())),
    ]
    ((_, make),) = random.choices(kinds, [weight for weight, _ in kinds])
    return make()


def play(policy: Policy, steps: Sequence[Step]) -> Exception | None:
    """Let the steps happen to a new house; return what went wrong."""
    chat = Chat(policy)
    try:
        for step in steps:
            chat.take(step)
        chat.end()
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is what is looked for
        return fault
    return None


def place(fault: Exception) -> tuple[object, ...]:
    """Return what tells one fault from another: its kind, and where it was found."""
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    return type(fault), frame.filename, frame.lineno


def shortened(policy: Policy, steps: list[Step], fault: Exception) -> list[Step]:
    """Return fewer steps that end in a fault of the same kind."""
    length, tries = len(steps) // 2, 0
    while length:
        start = 0
        while start < len(steps) and tries < REPLAYS:
            tries += 1
            fewer = steps[:start] + steps[start + length :]
            found = play(policy, fewer)
            if found is not None and place(found) == place(fault):
                steps = fewer
            else:
                start += length
        length //= 2
    return steps


@pytest.mark.parametrize("seed", range(SEEDS))
def test_anything_may_happen(seed: int) -> None:
    random = Random(seed)
    policy = policy_of(random)
    chat, steps = Chat(policy), []
    try:
        for _ in range(STEPS):
            steps.append(invent(chat, random))
            chat.take(steps[-1])
        chat.end()
    except Exception as fault:  # noqa: BLE001 - as in play
        steps = shortened(policy, steps, fault)
        shown = "\n".join(f"    {step!r}," for step in steps)
        raise AssertionError(f"play({policy!r}, [\n{shown}\n])") from (play(policy, steps) or fault)


def test_the_grammar_knows_every_command() -> None:
    assert set(grammar.TEMPLATES) == set(COMMANDS)
    assert set(ENDS) <= set(COMMANDS)
