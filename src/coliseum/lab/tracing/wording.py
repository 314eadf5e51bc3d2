"""The words of the page and the command: kinds, rows, acts and scenarios, in the reader's language.

What must stay true: everything in spans.KINDS, rows.ROLES and scenarios has its words here; pure.
"""

from coliseum.i18n import Translate
from coliseum.lab.tracing.rows import Row
from coliseum.lab.tracing.spans import Phase


def kinds(_: Translate) -> dict[str, tuple[str, str]]:
    """Return what each kind of slice is called, and what it means."""
    return {
        "life": (
            _("thread"),
            _("A thread is there. Where nothing else is drawn it waits, for bytes or a deadline."),
        ),
        "accept": (_("accept"), _("Somebody has connected: they are let in, or turned away.")),
        "read": (_("read"), _("Bytes have come; what they bring is inside.")),
        "wire": (_("TLS, lines"), _("Bytes are decrypted and cut into lines, or encrypted.")),
        "wait": (_("wait for a lock"), _("A lock that another thread holds is waited for.")),
        "hold": (_("world held"), _("This thread has the world for itself: its lock is held.")),
        "step": (_("step"), _("A session deals with lines: the world changes, mailboxes are filled.")),
        "flush": (_("flush"), _("Mailboxes are emptied and delivered.")),
        "render": (_("render"), _("Events become bytes, once for all who read in the same way.")),
        "send": (_("send"), _("Bytes for one person are encrypted and given to the kernel.")),
        "drain": (_("catch up"), _("What somebody did not read in time is sent on, as they take it.")),
        "effect": (_("effect"), _("Work that blocks, in a thread that may wait: here, checking a password.")),
        "await": (_("task waits"), _("A session waits in a task for its effect; the loop goes on.")),
        "clock": (_("clock"), _("What was due at a time is done.")),
        "end": (_("end"), _("A connection is closed and forgotten.")),
        "missed": (_("leave it"), _("Somebody else flushes already: they get these mailboxes too.")),
    }


def row(_: Translate, row: Row) -> str:
    """Return what a row is called."""
    names = {
        "loop": _("event loop"),
        "acceptor": _("acceptor"),
        "client": row.who,
        "writer": _("{who}: writer").format(who=row.who),
        "task": _("{who}: task").format(who=row.who),
        "effects": _("effects, {number}").format(number=row.thread.rpartition("_")[2]),
        "dispatcher": _("datagrams"),
        "worker": row.who,
        "flusher": _("relief flusher"),
        "clock": _("clock"),
        "main": _("main thread"),
    }
    return names[row.role] or row.thread


def act(_: Translate, phase: Phase) -> str:
    """Return what the people do in an act, in a few words."""
    few = 3
    names = (
        ", ".join(phase.names) if len(phase.names) <= few else _("{count} people").format(count=len(phase.names))
    )
    sentences = {
        "ComeIn": _("{names}: in"),
        "Refused": _("{names}: refused"),
        "Speak": _("{names}: speak"),
        "Talk": _("{names}: talk"),
        "Prove": _("{names}: password"),
        "ReadAgain": _("{names}: reads again"),
        "Leave": _("{names}: leave"),
    }
    return sentences[phase.act].format(names=names)


def scenarios(_: Translate) -> dict[str, tuple[str, str]]:
    """Return what each scenario is called, and what it shows."""
    return {
        "arena": (
            _("The arena"),
            _(
                "Three come in over TLS, all speak at the same moment, a fourth is refused because the room is "
                "full, all leave."
            ),
        ),
        "password": (
            _("A password is checked"),
            _(
                "Checking a password takes a tenth of a second of computing. While it is checked for one, two "
                "others talk, and do not wait."
            ),
        ),
        "slow-reader": (
            _("A slow reader"),
            _(
                "One stops reading while two others talk. What they say waits for her, nobody waits for her, and "
                "she gets it all when she reads again."
            ),
        ),
        "burst": (
            _("A burst"),
            _("One says 200 lines in one go, in a room of 20."),
        ),
    }


def page(_: Translate) -> dict[str, str]:
    """Return the words around the drawings."""
    return {
        "where": _("Where to look"),
        "zoom_out": _("Zoom out"),
        "zoom_in": _("Zoom in"),
        "earlier": _("Earlier"),
        "later": _("Later"),
        "by_who": _("colours say whom"),
        "ways": _("ways of messages"),
        "only": _("Show only"),
        "missing": _("{count} slices are missing: there were more than are kept."),
        "timeline": _("timeline"),
        "board": _("{engine}; rows: {rows}, slices: {spans}. Arrow keys go from slice to slice."),
        "figures": _("What was done, in figures"),
        "clock_time": _(
            "Milliseconds of all rows together; a moment counts once, as what was done in it and not as "
            "what that was part of. In brackets: how often. It is what passed on the clock: a thread that "
            "waits for the interpreter or for a processor is in it."
        ),
        "what": _("what"),
        "means": _("which means"),
        "by_row": _("Row by row: {engine}"),
        "row": _("row"),
        "how": _("How to look at it"),
        "how_rows": _(
            "Every row is a thread, or a task that waits; all engines are drawn on one scale. A button "
            "with people on it goes to what they were doing, on every engine."
        ),
        "how_mouse": _(
            "Wheel or two fingers: zoom. Drag: move. A click or tap on a slice says what it is; what a "
            "message was said in and what sent it are joined by a line."
        ),
        "keys": _("Keys, when a drawing has the focus:"),
        "keys_slices": _("slices of a row"),
        "keys_rows": _("rows"),
        "keys_zoom": _("zoom"),
        "keys_move": _("move"),
        "keys_all": _("everything"),
        "keys_none": _("choose nothing"),
        "know": _("What one should know"),
        "cost": _("Recording costs time too: one empty slice took"),
        "cost_inside": _("A slice is longer by as much for each that is in it."),
        "one_run": _(
            "One recording is one run: it shows how something is done, not how fast. To compare speeds, "
            "use coliseum compare."
        ),
        "conditions": _("Flood control is off, and the people are on the same machine."),
    }


def script(_: Translate) -> dict[str, str]:
    """Return the words that the page's script says."""
    return {
        "all": _("everything"),
        "bytes": _("bytes"),
        "wire bytes": _("bytes on the wire"),
        "waiting bytes": _("bytes that wait"),
        "items": _("lines and other items"),
        "events": _("events"),
        "mailboxes": _("mailboxes"),
        "messages": _("messages"),
        "wants": _("wants"),
        "effect": _("effect"),
        "who": _("about"),
        "begins": _("begins"),
        "lasts": _("lasts"),
        "own": _("without what is inside"),
        "cpu": _("processor"),
        "row": _("where"),
        "heard": _("sent to"),
        "said": _("said by"),
        "function": _("function"),
        "nothing": _("Choose a slice to read about it."),
        "engine": _("engine"),
    }
