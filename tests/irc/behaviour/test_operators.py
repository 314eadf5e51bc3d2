"""Server operators: OPER, KILL, WALLOPS, REHASH.

Source: modern.ircdocs.horse "Operator Messages".
"""

from pathlib import Path

import pytest

from coliseum.config import Config
from coliseum.errors import ConfigError
from tests.irc.behaviour.conftest import Hall, OpenHall, quick_hash, settings_of

OPERS = [{"name": "root", "password": "secret"}]


@pytest.fixture
def house(open_hall: OpenHall) -> Hall:
    """A server with an operator."""
    return open_hall(opers=OPERS)


def test_oper(open_hall: OpenHall) -> None:
    """381 and MODE, or 464; hashes and plain passwords; after three wrong ones the connection ends."""
    hall = open_hall(opers=[*OPERS, {"name": "ana", "password": quick_hash("hashed")}])
    ana, luis = hall.gather("#r", "ana", "luis")
    assert ana.ask("OPER ana hashed", "MODE ana") == ["381", "ana MODE ana +ow", "221 +ow"]
    assert "313 ana" in luis.ask("WHOIS ana")
    assert "378 luis" in [line.brief[:8] for line in ana.ask_whole("WHOIS luis")]
    assert luis.ask("OPER root", "OPER") == ["461 OPER", "461 OPER"]
    assert luis.ask("OPER root wrong", "OPER ana secret", "OPER root secret") == [
        "464",
        "464",
        "381",
        "luis MODE luis +ow",
    ]
    for _ in range(2):
        eva = hall.enter("eva")
        eva.send("OPER root wrong", "OPER nobody secret", "OPER root :", "OPER root secret")
        assert [line.command for line in eva.rest()] == ["464", "464", "464", "ERROR"]
    assert ana.seen() == []


def test_without_operators_nobody_becomes_one(hall: Hall) -> None:
    ana = hall.enter("ana")
    assert ana.ask("OPER root secret") == ["464"]
    assert ana.ask("KILL ana :x", "WALLOPS :x", "REHASH") == ["481", "481", "481"]
    assert ana.ask("KILL", "WALLOPS") == ["461 KILL", "461 WALLOPS"]


def test_kill(house: Hall) -> None:
    """KILL message: ERROR for who is killed, QUIT with the reason for the others; 401."""
    ana, luis, eva = *house.gather("#r", "ana", "luis"), house.enter("eva")
    eva.ask("OPER root secret")
    assert eva.ask("KILL nobody :x") == ["401 nobody"]
    assert eva.ask("KILL LUIS :too loud") == []
    last = luis.rest()
    assert last[-1].command == "ERROR"
    assert "eva" in last[-1].text
    assert "too loud" in last[-1].text
    line = ana.expect("QUIT")
    assert line.nick == "luis"
    assert "eva" in line.text
    assert "too loud" in line.text
    house.enter("luis")
    eva.send("KILL eva :enough")
    assert eva.rest()[-1].command == "ERROR"


def test_wallops(house: Hall) -> None:
    """WALLOPS message: for everybody with +w."""
    ana, luis, eva = house.enter("ana"), house.enter("luis"), house.enter("eva")
    ana.ask("OPER root secret")
    luis.ask("MODE luis +w")
    ana.ask("WALLOPS :the cellar is wet")
    line = luis.expect("WALLOPS")
    assert (line.source, line.text) == ("ana!~ana@localhost", "the cellar is wet")
    assert eva.seen() == []


def test_rehash(open_hall: OpenHall, data_dir: Path, scheme: str) -> None:
    """382, and the new configuration is in force; FAIL for one that is not usable, and nothing has changed."""
    found: list[Config | ConfigError] = []

    def reread() -> Config:
        config = found.pop()
        if isinstance(config, ConfigError):
            raise config
        return config

    hall = open_hall(opers=OPERS, reread=reread)
    ana, luis = hall.enter("ana"), hall.enter("luis")
    ana.ask("OPER root secret")
    listen = [f"{scheme}://localhost:0"]
    found.append(settings_of(listen, data_dir, opers=OPERS, server__motd="New!", limits__room_capacity=1))
    assert ana.ask_whole("REHASH")[0].command == "382"
    assert "372 - New!" in luis.ask("MOTD")
    assert luis.ask("JOIN #r")[0] == "luis JOIN #r"
    assert ana.ask("JOIN #r") == ["471 #r"]
    found.append(ConfigError("limits.room_capacity: no number"))
    answer = ana.ask_whole("REHASH")
    assert [line.command for line in answer] == ["382", "FAIL"]
    assert answer[1].params[0] == "REHASH"
    assert "no number" in answer[1].text
    assert ana.ask("JOIN #r") == ["471 #r"]


def test_operators_are_never_read_more_slowly(open_hall: OpenHall) -> None:
    """Flood control is for everybody else; who stops being an operator is read like anybody."""
    hall = open_hall(opers=OPERS, limits__flood_control=True, limits__lines_per_second=0.001)
    ana, luis = hall.gather("#r", "ana", "luis")
    ana.ask("OPER root secret")
    ana.ask(*(f"PRIVMSG #r :{number}" for number in range(200)))
    luis.expect("PRIVMSG", "#r", "199")
