"""How the comparison was made, in words: measuring, noise, what differs on purpose.

What must stay true: pure; says what was done in this comparison (its rounds, its engines), not what could be done;
what engines do differently by their nature has its reason here. Not here: the conditions themselves (fairness).
"""

from math import comb

from coliseum.i18n import Translate
from coliseum.lab.compare.document import Comparison
from coliseum.lab.compare.noise import LEAST_ROUNDS


def measuring(_: Translate) -> list[str]:
    """Return paragraphs about how figures were taken."""
    return [
        _(
            "Every engine runs in a process of its own, as `coliseum serve` runs it, and the load comes from "
            "another process; where the machine has more than one core, each of the two has its own. In every "
            "round each workload is run on every engine, one right after the other, and who comes first changes "
            "from round to round. So a machine that becomes slower becomes slower for all, and ratios compare "
            "runs of the same round."
        ),
        _(
            "What happens while everybody comes in, and a warm-up after that, is cut off. Every delivery is "
            "verified: for each receiver it is known which message must come next, and a message that is lost, "
            "doubled, changed or out of order makes the round fail. A round that failed has no figures; it is "
            "shown as failed."
        ),
        _(
            "Where throughput is measured, senders say as much as the server takes. Where latency is measured, "
            "messages are due at fixed times however the server fares, and a message's time counts from when it "
            "was due."
        ),
        _(
            "The load generator watches itself. Where it had no time left, or was late by itself, throughput is "
            "only a lower bound and latency only an upper one; such figures are marked ≥ and ≤, drawn hollow, and "
            "never make an engine look worse. Processor time for a delivery was then measured under less load "
            "than the server could have carried."
        ),
    ]


def noise(comparison: Comparison, verdicts: int, _: Translate) -> list[str]:
    """Return paragraphs about when two engines differ; `verdicts`: how many there are in the report."""
    told = [
        _(
            "Figures are medians of the rounds, with the lowest and the highest. Two engines differ only if every "
            "round of one was better than every round of the other; otherwise no difference was seen, which does "
            "not mean that there is none: it may be smaller than the noise. A ratio is the median of the rounds' "
            "ratios."
        ),
    ]
    rounds = comparison.rounds
    if rounds < LEAST_ROUNDS:
        text = _("With fewer than {least} rounds no verdict is given, and this comparison has {rounds}.")
        return [*told, text.format(least=LEAST_ROUNDS, rounds=rounds)]
    chance = 2 / comb(2 * rounds, rounds)
    text = _(
        "If there were no difference at all, {rounds} rounds of each would fall apart like that by chance in "
        "{percent} of all cases. This report gives {verdicts} verdicts, so about {expected} of them could be "
        "chance alone. Figures of one run hang together, so such verdicts would come in groups."
    )
    percent, expected = f"{chance * 100:.2g} %", f"{chance * verdicts:.2g}"
    return [*told, text.format(rounds=rounds, percent=percent, verdicts=verdicts, expected=expected)]


def on_purpose(_: Translate) -> list[str]:
    """Return what engines do differently because it is a part of them, whether or not it was looked at."""
    return [
        _(
            "Threads: a thread that waits for the interpreter asks for it every 0.1 s instead of every 5 ms "
            "(sys.setswitchinterval), because with thousands of threads asking is all that would happen. Threads "
            "let go of it by themselves whenever they read, send or wait."
        ),
        _(
            "Threads: the kernel is asked for another kind of scheduling (SCHED_BATCH), because a thread that is "
            "woken at once only finds the interpreter taken; and who flushes gives way to those who are about to "
            "speak."
        ),
        _(
            "Threads: a silent client is read with a buffer of 8 KiB of its own; a loop has one buffer of 64 KiB "
            "for all, because what one read brings is used before the next."
        ),
        _("asyncio and uvloop: what blocks (such as checking a password) goes to a pool of four threads."),
        _(
            "uvloop: the same engine as asyncio, line by line; the loop under it is written in C and tells things "
            "in its own way."
        ),
        _(
            "All run one interpreter with one lock (the GIL) unless the table of the machine says otherwise; so "
            "threads share one core's worth of Python, and differ in how they wait, not in how much they compute "
            "at once."
        ),
    ]
