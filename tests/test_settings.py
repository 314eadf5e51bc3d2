"""Reading the configuration: what goes over what, and errors that say where and how to mend."""

import tomllib
from pathlib import Path

import pytest

from coliseum import settings
from coliseum.cli.config import as_markdown, as_toml
from coliseum.config import Config
from coliseum.errors import ConfigError
from coliseum.i18n import english
from coliseum.services.passwords import hash_password


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "coliseum.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_anything_everything_has_its_default() -> None:
    assert settings.load(None, {}, {}) == Config()


def test_flags_go_over_the_environment_over_the_file_over_defaults(tmp_path: Path) -> None:
    file = write(tmp_path, '[limits]\nroom_capacity = 5\nmax_clients = 6\n[server]\nname = "file"\n')
    environment = {"COLISEUM__LIMITS__MAX_CLIENTS": "7", "COLISEUM__SERVER__NAME": "variable", "HOME": "/"}
    config = settings.load(file, {"server.name": "flag", "engine": None}, environment)
    assert (config.limits.room_capacity, config.limits.max_clients, config.server.name) == (5, 7, "flag")
    assert config.engine == "asyncio"


def test_a_variable_can_be_any_toml_value_or_just_text() -> None:
    environment = {
        "COLISEUM__LISTEN": '["tls://localhost:1", "tcp://localhost:2"]',
        "COLISEUM__LIMITS__FLOOD_CONTROL": "false",
        "COLISEUM__SERVER__DESCRIPTION": "a text without quotes",
    }
    config = settings.load(None, {}, environment)
    assert config.listen == ("tls://localhost:1", "tcp://localhost:2")
    assert config.limits.flood_control is False
    assert config.server.description == "a text without quotes"


BAD = [
    (
        "limits.room_capacity = 'many'",
        r"room_capacity = 'many': expected a whole number.*room_capacity = 3",
    ),
    ("limits.room_capacity = -1", r"limits.room_capacity = -1: expected a number, 0 or more"),
    ("limits.sendq = 3", r"limits.sendq = 3: expected a number, 16384 or more"),
    ("limits.bytes_at_once = 3", r"limits.bytes_at_once = 3: expected a number, 512 or more"),
    ("limits.exempt = ['home']", r"limits.exempt: 'home' is no network; write it as 192.168.0.0/16"),
    ("limits.exempt = ['10.0.0.1/8']", r"limits.exempt: '10.0.0.1/8' is no network"),
    ("limits.flood_control = 1", r"limits.flood_control = 1: expected true or false.*flood_control = true"),
    ("limits.rom_capacity = 3", r"no key limits.rom_capacity; is it limits.room_capacity"),
    ("lissten = []", r"no key lissten; is it listen"),
    ("listen = []", r"listen = \[\]: must not be empty"),
    ("listen = ['tls://localhost:1', 7]", r"listen = .*: expected a text in quotes"),
    ("listen = ['http://x']", r"listen: 'http://x' does not begin with one of"),
    (
        "listen = ['tcp://example.org:1']",
        r"listen: .* in clear; say tls://, or tcp\+insecure",
    ),
    ("listen = ['udp://example.org:1']", r"listen: .* in clear; .*udp\+insecure"),
    ("engine = 'twisted'", r"engine = 'twisted': is none of the values"),
    ("limits = 3", r"limits = 3: expected a section"),
    ("tls.cert = '/x.pem'", r"tls.cert is set but tls.key is not"),
    ("server.password = '$argon2id$nonsense'", r"server.password: the password looks like an argon2 hash"),
    ("server.password = 12345", r"server.password = \(secret\): expected a text"),
    ("[[opers]]\nname = 'ana'", r"opers = \(secret\): something is missing"),
    ("= 3", r"is not TOML"),
]


@pytest.mark.parametrize(("text", "message"), BAD, ids=range(len(BAD)))
def test_an_error_names_file_key_value_and_remedy(tmp_path: Path, text: str, message: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        settings.load(file, {}, {})
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value)


def test_an_error_names_the_variable_or_the_flag_that_it_comes_from(tmp_path: Path) -> None:
    file = write(tmp_path, "[limits]\nroom_capacity = 5\n")
    with pytest.raises(ConfigError, match=r"^COLISEUM__LIMITS__ROOM_CAPACITY: limits.room_capacity = 'x'"):
        settings.load(file, {}, {"COLISEUM__LIMITS__ROOM_CAPACITY": "x"})
    with pytest.raises(ConfigError, match=r"^--capacity: limits.room_capacity = -1"):
        settings.load(file, {"limits.room_capacity": -1}, {})


def test_a_file_that_is_not_there_or_not_text_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        settings.load(tmp_path / "missing.toml", {}, {})
    file = tmp_path / "binary.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        settings.load(file, {}, {})


def test_the_annotated_file_shows_every_option_and_is_the_default(tmp_path: Path) -> None:
    text = as_toml(english)
    assert settings.load(write(tmp_path, text), {}, {}) == Config()
    uncommented = "\n".join(
        line.removeprefix("#") for line in text.splitlines() if not line.startswith(("# ", "#[[", '#name = "ana'))
    ).replace('password = "$argon2id$..."', "")
    assert settings.load(write(tmp_path, uncommented), {}, {}) == Config()
    for option in settings.options():
        assert option.key.rpartition(".")[2] in tomllib.loads(uncommented).get(
            option.key.rpartition(".")[0], {}
        ) or (option.key in tomllib.loads(uncommented))


def test_the_reference_page_is_what_the_declarations_say() -> None:
    page = Path(__file__).parent.parent / "docs" / "reference" / "configuration.md"
    assert page.read_text(encoding="utf-8") == as_markdown(english), "run: coliseum config --markdown"


def test_plain_passwords_are_found_for_a_warning(tmp_path: Path) -> None:
    hashed = hash_password("x")
    text = f"[server]\npassword = 'plain'\n[[opers]]\nname = 'ana'\npassword = '{hashed}'\n"
    assert settings.plain_passwords(settings.load(write(tmp_path, text), {}, {})) == ["server.password"]


def test_a_configuration_file_is_found_where_people_expect_it(own_home: Path) -> None:
    assert settings.config_file() is None or str(settings.config_file()).startswith("/etc")
    file = own_home / ".config" / "coliseum" / "coliseum.toml"
    file.parent.mkdir(parents=True)
    file.write_text("")
    assert settings.config_file() == file
