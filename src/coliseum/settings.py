"""Reading settings: flags over environment over file over defaults, and errors that say where and how to mend.

What must stay true: nothing is guessed: an unknown key or a bad value is a ConfigError that names its origin (the
file, the variable, the flag), the key, the value and a remedy; passwords are never repeated in it.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import platformdirs

from coliseum.config import Config
from coliseum.core.door import networks
from coliseum.errors import ConfigError
from coliseum.services import passwords
from coliseum.urls import parse

PREFIX = "COLISEUM__"
_SECRET = "password"  # noqa: S105 - the name of the keys whose values are not repeated


@dataclass(frozen=True, slots=True)
class Option:
    """One option as declared in config.py."""

    key: str
    "Dotted, as in `limits.room_capacity`."
    default: object
    why: str
    unit: str
    flag: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.key.upper().replace(".", "__")


def options(kind: type[msgspec.Struct] = Config, prefix: str = "") -> list[Option]:
    """Return all options in the order of their declaration (those of `[[opers]]` apart, see config.py)."""
    found: list[Option] = []
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        key = f"{prefix}{field.name}"
        if isinstance(field.default, msgspec.Struct):
            found += options(type(field.default), f"{key}.")
        elif meta := next((m for m in getattr(hints[field.name], "__metadata__", ()) if m.description), None):
            found.append(Option(key, field.default, meta.description, meta.extra["unit"], meta.extra["flag"]))
    return found


def config_file() -> Path | None:
    """Return the configuration file that is read when none is named: the user's, else the system's, if any."""
    candidates = (platformdirs.user_config_path("coliseum"), Path("/etc/coliseum"))
    return next((path for place in candidates if (path := place / "coliseum.toml").is_file()), None)


def load(
    file: Path | None = None,
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Config:
    """Return the configuration: `flags` (by dotted key) over `environment` over `file` over the defaults.

    Raises ConfigError.
    """
    origins: dict[str, str] = {}
    merged: dict[str, Any] = {}
    for name, values in (
        (str(file), _read(file) if file else {}),
        ("", _from_environment(environment)),
        ("", {key: value for key, value in (flags or {}).items() if value is not None}),
    ):
        for key, value in values.items():
            _put(merged, key, value)
            origins[key] = name or _flag_or_variable(key, flags or {})
    config = _convert(merged, origins)
    _check(config, origins)
    return config


def _read(file: Path) -> dict[str, Any]:
    try:
        return _flat(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError("{file}: cannot be read: {reason}", file=file, reason=error.strerror) from error
    except UnicodeDecodeError as error:
        raise ConfigError("{file}: is not UTF-8 text", file=file) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("{file}: is not TOML: {reason}", file=file, reason=error) from error


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable, text in environment.items():
        if variable.startswith(PREFIX):
            found[variable.removeprefix(PREFIX).lower().replace("__", ".")] = _value(text)
    return found


def _value(text: str) -> Any:
    """Return what a variable says: a TOML value, or else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text


def _flag_or_variable(key: str, flags: Mapping[str, object]) -> str:
    if flags.get(key) is not None:
        return next((option.flag for option in options() if option.key == key), key)
    return PREFIX + key.upper().replace(".", "__")


def _put(table: dict[str, Any], key: str, value: object) -> None:
    *sections, name = key.split(".")
    for section in sections:
        inner = table.setdefault(section, {})
        if not isinstance(inner, dict):  # a value stands where a section belongs: the conversion says so
            return
        table = inner
    table[name] = value


def _convert(merged: dict[str, Any], origins: Mapping[str, str]) -> Config:
    try:
        return msgspec.convert(merged, Config)
    except msgspec.ValidationError as error:
        raise _explain(str(error), merged, origins) from error


def _explain(message: str, merged: Mapping[str, Any], origins: Mapping[str, str]) -> ConfigError:
    """Turn msgspec's message ("... - at `$.limits.room_capacity`") into one that a person can act on."""
    problem, _, path = message.partition(" - at `$")
    key = re.sub(r"\[.*", "", path.rstrip("`").lstrip("."))
    if unknown := re.search(r"unknown field `(.+?)`", problem):
        key = f"{key}.{unknown[1]}".lstrip(".")
        known = [option.key for option in options()] + ["opers"]
        close = difflib.get_close_matches(key, known, n=1) or [", ".join(known)]
        origin = _origin(key, origins)
        return ConfigError(
            "{origin}: there is no key {key}; is it {known}?", origin=origin, key=key, known=close[0]
        )
    value: Any = merged
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else value
    shown = ConfigError("(secret)") if key.endswith(_SECRET) or key == "opers" else repr(value)
    option = next((option for option in options() if option.key == key), None)
    example = toml(option.default) if option and option.default not in ("", ()) else '"..."'
    return ConfigError(
        "{origin}: {key} = {value}: {problem}; write for example {name} = {example}",
        origin=_origin(key, origins),
        key=key,
        value=shown,
        problem=_problem(problem),
        name=key.rpartition(".")[2],
        example=example,
    )


def _problem(message: str) -> ConfigError:
    """Say msgspec's problem in our words, so that it can be translated."""
    if "length >=" in message:
        return ConfigError("must not be empty")
    if least := re.search(r"Expected `(?:int|float)` >= ([\d.]+)", message):
        return ConfigError("expected a number, {least} or more", least=least[1].removesuffix(".0"))
    for sign, problem in (
        ("matching regex", ConfigError("expected one line (a server's name: one word without : ! and @)")),
        ("Expected `float`", ConfigError("expected a number above 0")),
        ("Expected `int`", ConfigError("expected a whole number")),
        ("Expected `str`", ConfigError("expected a text in quotes")),
        ("Expected `bool`", ConfigError("expected true or false")),
        ("Expected `array`", ConfigError("expected a list in square brackets")),
        ("Expected `object`", ConfigError("expected a section")),
        ("Invalid enum value", ConfigError("is none of the values that it can have")),
        ("missing required field", ConfigError("something is missing in it")),
    ):
        if sign in message:
            return problem
    return ConfigError("{problem}", problem=message.replace("`", ""))


def _origin(key: str, origins: Mapping[str, str]) -> str:
    near = (name for known, name in origins.items() if known == key or known.startswith(f"{key}."))
    return next(near, key)


def _check(config: Config, origins: Mapping[str, str]) -> None:
    """Check what types cannot say."""
    checks: list[tuple[str, Any]] = [("listen", lambda text=text: parse(text)) for text in config.listen]
    checks += [("limits.exempt", lambda text=text: _check_network(text)) for text in config.limits.exempt]
    secrets = [("server.password", config.server.password)] if config.server.password else []
    secrets += [("opers", oper.password) for oper in config.opers]
    checks += [(key, lambda text=text: passwords.check(text)) for key, text in secrets]
    for key, check in checks:
        try:
            check()
        except ConfigError as error:
            origin = _origin(key, origins)
            raise ConfigError("{origin}: {key}: {error}", origin=origin, key=key, error=error) from error
    if bool(config.tls.cert) != bool(config.tls.key):
        missing, present = ("key", "cert") if config.tls.cert else ("cert", "key")
        raise ConfigError(
            "{origin}: tls.{present} is set but tls.{missing} is not; a certificate needs both",
            origin=_origin(f"tls.{present}", origins),
            present=present,
            missing=missing,
        )


def _check_network(text: str) -> None:
    try:
        networks([text])
    except ValueError as error:
        raise ConfigError(
            "{text} is no network; write it as 192.168.0.0/16 or fd00::/8", text=repr(text)
        ) from error


def replace(config: Config, **changes: object) -> Config:
    """Return `config` with some of its top-level keys changed."""
    return msgspec.structs.replace(config, **changes)


def plain_passwords(config: Config) -> list[str]:
    """Return the keys whose passwords stand in the configuration as plain text, for a warning."""
    found = [("server.password", config.server.password)] if config.server.password else []
    found += [(f"opers.{oper.name}.password", oper.password) for oper in config.opers]
    return [key for key, text in found if not passwords.is_hash(text)]


def toml(value: object) -> str:
    """Write a default in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
