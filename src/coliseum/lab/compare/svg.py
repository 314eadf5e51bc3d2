"""SVG as matplotlib leaves it, made fit for a page: colours of the style sheet, ids of its own, words for readers.

The idea: whoever draws uses colours that nothing else has (`DRAWN`); here each becomes a variable of the style
sheet with its light value to fall back on. A picture for itself gets the variables, and paper, in both forms.

What must stay true: ids of pictures with different names never clash; nothing in a picture is fetched.
Not here: drawing (plots).
"""

import re
import xml.etree.ElementTree as ET
from typing import Final

INK: Final = {
    "--ink": ("#1b1f24", "#e6edf3"),
    "--quiet": ("#57606a", "#9aa4af"),
    "--line": ("#d0d7de", "#30363d"),
    "--paper": ("#ffffff", "#0d1117"),
    "--threads": ("#b34700", "#ff9e57"),
    "--asyncio": ("#0060a0", "#6cb6ff"),
    "--uvloop": ("#00735a", "#3fd0a5"),
    "--other": ("#8a3a86", "#dd9be0"),
    "--bad": ("#b3261e", "#ff8a80"),
}
"Variables of page.css, with their values on light and on dark paper (a test holds them against it)."

DRAWN: Final = {name: f"#0{index:x}fe{index:x}d" for index, name in enumerate(INK, 1)}
"What matplotlib is told instead: colours that nothing else has."

_LETTERS: Final = re.compile(r"[^\x20-\x7e\xa0-\u017f–—‘’“”…×µ≥≤·→]")
"What is not a letter that every font has; it could not even be measured."
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str, most: int = 28) -> str:
    """Return `text` as it can be drawn: in letters that fonts have, and not too long."""
    text = _LETTERS.sub("?", text)
    return text if len(text) <= most else text[: most - 1] + "…"


def alone(svg: str) -> str:
    """Return a picture with paper and colours of its own, as a file."""
    light, dark = (";".join(f"{name}:{both[i]}" for name, both in INK.items()) for i in (0, 1))
    style = f"<style>svg{{{light}}}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"
    paper = '<rect width="100%" height="100%" style="fill:var(--paper)"/>'
    return svg.replace("</desc>", f"</desc>{style}{paper}", 1) + "\n"


def finished(raw: bytes, name: str, size: tuple[int, int], title: str, description: str) -> str:
    """Return what matplotlib wrote, fit for a page; `name` goes into every id."""
    root = ET.fromstring(raw)  # noqa: S314 - written a moment ago, by ourselves
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag.endswith(("}metadata", "}style"))]:
            parent.remove(child)  # who made it, and a style for every element of the page that it is put into
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', ET.tostring(root, encoding="unicode")))
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {
            short: _named(short, value, name)
            for key, value in element.attrib.items()
            if (short := key.rpartition("}")[2]) != "id" or value in used
        }
    root.attrib = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {size[0]} {size[1]}",
        "role": "img",
        "class": "plot",
        "style": "stroke-linejoin:round;stroke-linecap:butt",
        "aria-labelledby": f"{name}-title {name}-desc",
    }
    for index, (tag, words) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(tag, {"id": f"{name}-{tag}"})
        element.text = printable(words)
        root.insert(index, element)
    svg = ET.tostring(root, encoding="unicode")
    for variable, colour in DRAWN.items():
        svg = svg.replace(colour, f"var({variable},{INK[variable][0]})")
    return svg.replace("'DejaVu Sans'", "system-ui, sans-serif")


def printable(text: str) -> str:
    """Return `text` without signs that must not be in XML."""
    return _FORBIDDEN.sub("\ufffd", text)


def _named(key: str, value: str, name: str) -> str:
    """Return an attribute's value with the picture's name in what is, or refers to, an id."""
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return value.replace("#", f"#{name}-", 1)
    return value.replace("url(#", f"url(#{name}-")
