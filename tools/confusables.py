# ruff: noqa: INP001, E501 - a script by itself, with a text to write
"""Make src/coliseum/core/confusables.py from Unicode's data, as ICU has it: `python tools/confusables.py LIBRARY`.

LIBRARY is ICU's, for example libicui18n.so.72 (Debian: libicu72), which holds confusables.txt of Unicode 15.0. It is
asked for the skeleton of every character that a name may have, alone or as a part of one (NFD). Run it by hand
when there is a newer ICU; nothing else uses it.
"""

import ctypes
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from textwrap import fill

HEAD = '''"""Characters that look like others: Unicode's confusables.txt, reduced to what names may have.

Made by tools/confusables.py from ICU {icu} (Unicode's security data, UTS 39); not to be changed by hand. A word
is the look, a colon, and all the characters that have it. Left out: what no name may have, and the whole of ASCII
(see looks.py).

Modified data of the Unicode Consortium, (c) 1991-2022 Unicode, Inc. All rights reserved; distributed under the
terms of use in https://www.unicode.org/copyright.html, the data under the Unicode License:

    Permission is hereby granted, free of charge, to any person obtaining a copy of the Unicode data files and
    any associated documentation (the "Data Files") or Unicode software and any associated documentation (the
    "Software") to deal in the Data Files or Software without restriction, including without limitation the
    rights to use, copy, modify, merge, publish, distribute, and/or sell copies of the Data Files or Software,
    and to permit persons to whom the Data Files or Software are furnished to do so, provided that either (a)
    this copyright and permission notice appear with all copies of the Data Files or Software, or (b) this
    copyright and permission notice appear in associated Documentation.

    THE DATA FILES AND SOFTWARE ARE PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED,
    INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
    NONINFRINGEMENT OF THIRD PARTY RIGHTS. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR HOLDERS INCLUDED IN THIS
    NOTICE BE LIABLE FOR ANY CLAIM, OR ANY SPECIAL INDIRECT OR CONSEQUENTIAL DAMAGES, OR ANY DAMAGES WHATSOEVER
    RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS
    ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THE DATA FILES OR SOFTWARE. Except as
    contained in this notice, the name of a copyright holder shall not be used in advertising or otherwise to
    promote the sale, use or other dealings in these Data Files or Software without prior written authorization
    of the copyright holder.
"""

_TABLE = """
'''
TAIL = '''
"""

CONFUSABLES = {
    ord(character): look
    for look, characters in (word.split(":") for word in _TABLE.split())
    for character in characters
}
"For str.translate: what stands for each character, in the form NFD."
'''
_NAMED = {"Lu", "Ll", "Lt", "Lo", "Nd"}
_ROOM = 115


def skeletons(library: str) -> Callable[[str], str]:
    """Return ICU's own function, uspoof_getSkeletonUTF8."""
    icu = ctypes.CDLL(library)
    version = re.findall(r"\d+", library)[-1]
    error = ctypes.c_int(0)
    make = getattr(icu, f"uspoof_open_{version}")
    make.restype = ctypes.c_void_p
    checker = ctypes.c_void_p(make(ctypes.byref(error)))
    ask = getattr(icu, f"uspoof_getSkeletonUTF8_{version}")
    room = ctypes.create_string_buffer(256)

    def skeleton(text: str) -> str:
        data, error = text.encode(), ctypes.c_int(0)
        length = ask(checker, 0, data, len(data), room, len(room), ctypes.byref(error))
        if error.value > 0:
            raise RuntimeError(f"ICU says {error.value} of {text!r}")
        return room.raw[:length].decode()

    return skeleton


def main(library: str) -> None:
    """Print the module."""
    skeleton = skeletons(library)
    everything = [chr(n) for n in range(0x110000) if not 0xD800 <= n <= 0xDFFF]
    names = [c for c in everything if unicodedata.category(c) in _NAMED and unicodedata.normalize("NFKC", c) == c]
    parts = sorted({part for c in names for part in unicodedata.normalize("NFD", c)} - {*everything[:128]})
    by_look = defaultdict(str)
    for part in parts:
        look = skeleton(part)
        look = "m" if look == "rn" else look
        if look != part and ":" not in look and not any(c.isspace() for c in look):
            by_look[look] += part
    words = (f"{look}:{by_look[look]}".encode("unicode_escape").decode() for look in sorted(by_look))
    table = fill(" ".join(words), _ROOM, break_long_words=False, break_on_hyphens=False)
    print(HEAD.format(icu=re.findall(r"\d+", library)[-1]) + table + TAIL, end="")


if __name__ == "__main__":
    main(sys.argv[1])
