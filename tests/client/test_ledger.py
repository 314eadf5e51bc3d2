"""What became of the lines."""

from coliseum.client.ledger import Ledger


def test_lines_are_confirmed_in_their_order_and_only_the_users_count() -> None:
    ledger = Ledger()
    for line, own in ("/json", False), ("one", True), ("/ping", False), ("two", True), ("/pass x", False):
        ledger.add(line, own=own)
    assert ledger.uncertain() == ("one", "two")
    assert ledger.confirm(2) == ("one",)
    assert ledger.confirm(2) == ()
    assert ledger.confirm(-1) == ()
    assert (ledger.sent, ledger.heard) == (5, 2)
    assert ledger.uncertain() == ("two",)
    assert ledger.confirm(99) == ("two",)
    assert (ledger.sent, ledger.heard) == (5, 5)
    assert ledger.uncertain() == ()
