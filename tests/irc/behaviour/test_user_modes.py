"""MODE for oneself: 221, 501, 502, 401 (modern.ircdocs.horse, MODE message and "User Modes")."""

from tests.irc.behaviour.conftest import Hall, OpenHall


def test_ones_own_modes(hall: Hall) -> None:
    ana = hall.enter("ana")
    hall.enter("luis")
    assert ana.ask("MODE ana") == ["221 +"]
    assert ana.ask("MODE ANA +iw") == ["ana MODE ana +iw"]
    assert ana.ask("MODE ana +i") == []
    assert ana.ask("MODE ana +B+T-i-w") == ["ana MODE ana +BT-iw"]
    assert ana.ask("MODE ana") == ["221 +BT"]
    assert sorted(ana.ask("MODE ana -B+XwY")) == ["501", "ana MODE ana -B+w"]  # what exists is done
    assert ana.ask("MODE luis", "MODE luis +i", "MODE nobody +i", "MODE nobody") == [
        "502",
        "502",
        "401 nobody",
        "401 nobody",
    ]


def test_nobody_makes_an_operator_of_themselves(hall: Hall) -> None:
    """RFC 2812 section 3.1.5: +o is ignored, -o is not."""
    ana = hall.enter("ana")
    assert ana.ask("MODE ana +o") == []
    assert ana.ask("MODE ana +oi") == ["ana MODE ana +i"]
    assert ana.ask("KILL ana :x") == ["481"]


def test_operators_may_stop_being_ones(open_hall: OpenHall) -> None:
    hall = open_hall(opers=[{"name": "root", "password": "secret"}])
    ana = hall.enter("ana")
    assert ana.ask("OPER root secret") == ["381", "ana MODE ana +ow"]
    assert ana.ask("MODE ana -o") == ["ana MODE ana -o"]
    assert ana.ask("WALLOPS :x", "MODE ana") == ["481", "221 +w"]
