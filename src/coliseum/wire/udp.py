"""Everything of UDP by one name, while the tests still ask for it so."""

from coliseum.wire.contract import *  # noqa: F403
from coliseum.wire.datagram_links import *  # noqa: F403
from coliseum.wire.datagram_links import _cut as _cut
from coliseum.wire.endpoint import *  # noqa: F403
from coliseum.wire.endpoint import DatagramEndpoint as Endpoint  # noqa: F401
from coliseum.wire.reliable_client import *  # noqa: F403
