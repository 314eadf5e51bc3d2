"""HTML pages that need nothing but themselves: the report of a comparison, the view of a trace.

The idea: style, script and data are in the file, and a policy in it (CSP) forbids the browser to fetch anything,
so a page can be kept, sent and opened years later. Templates escape everything that is not marked as markup.

What must stay true: no address of another host is loaded; colours and sizes come from one stylesheet, which has
both a light and a dark form. Not here: what is on a page.
"""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def page(template: str, *, language: str, title: str, **values: Any) -> str:
    """Return the page that a template makes of `values`; it extends `shell.html`.

    `values` are escaped, unless they are Markup. Raises jinja2.UndefinedError when the template wants another one.
    """
    return _environment.get_template(template).render(language=language, title=title, **values)


def asset(name: str) -> Markup:
    """Return a stylesheet or script of ours, to be put into a page as it is."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def data(value: object) -> Markup:
    """Return JSON to be put into `<script type="application/json">`: nothing in it can end the element."""
    return embedded(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def embedded(text: str) -> Markup:
    """Return JSON text made safe for the same place: inside of JSON, these signs may be written as escapes."""
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - no sign is left that means something in HTML


_environment.globals["asset"] = asset
