"""An operator's own certificate: looked at, never changed; and what a description of any certificate tells."""

import base64
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509

from coliseum.errors import CannotCreate, ColiseumError, ConfigError
from coliseum.services import certificates, issuing
from coliseum.services.certificates import Files, ensure, own
from tests.services.support import DAY, NAMES, NOW, contents, leaf_of, pem_of

P256 = bytes.fromhex("2a8648ce3d030107")
"The object identifier of the curve that our keys use."
UNKNOWN = bytes.fromhex("2a8648ce3d03017f")
"One like it that nobody has given a meaning."


def operators(directory: Path, now: datetime = NOW) -> tuple[Path, Path]:
    """An operator's own pair, by whatever authority."""
    made = ensure(directory, ["chat.example.org"], now)
    return made.cert, made.key


def test_an_operators_own_pair_is_taken_as_it_is(tmp_path: Path) -> None:
    cert, key = operators(tmp_path)
    before = contents(tmp_path)
    assert own(cert, key, NOW) == Files(ca=None, cert=cert, key=key)
    assert contents(tmp_path) == before


def test_an_operators_certificate_and_key_may_share_a_file(tmp_path: Path) -> None:
    cert, key = operators(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(cert.read_bytes() + key.read_bytes())
    certificates.server_context(own(both, both, NOW))


def missing(path: Path) -> None:
    path.unlink()


def garbled(path: Path) -> None:
    path.write_bytes(b"no PEM at all \xff")


@pytest.mark.parametrize(
    ("which", "damage", "kind", "text"),
    [
        (0, missing, CannotCreate, r"server\.pem: cannot be read: no such file"),
        (1, missing, CannotCreate, r"server\.key: cannot be read: no such file"),
        (0, garbled, ConfigError, r"server\.pem: holds no certificate.*PEM"),
        (1, garbled, ConfigError, r"server\.key: holds no private key.*PEM"),
    ],
)
def test_an_operators_file_that_cannot_be_used_is_named(
    tmp_path: Path, which: int, damage: Callable[[Path], None], kind: type[ColiseumError], text: str
) -> None:
    pair = operators(tmp_path)
    damage(pair[which])
    with pytest.raises(kind, match=text) as caught:
        own(*pair, NOW)
    assert "\n" not in str(caught.value)


def test_an_operators_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    cert, _ = operators(tmp_path / "a")
    _, key = operators(tmp_path / "b")
    with pytest.raises(ConfigError, match=r"is not the key of .*made together"):
        own(cert, key, NOW)


def test_an_operators_key_with_a_passphrase_is_refused_with_the_remedy(tmp_path: Path) -> None:
    cert, key = operators(tmp_path)
    key.write_bytes(pem_of(issuing.new_key(), b"secret"))
    with pytest.raises(ConfigError, match=r"without a passphrase .openssl pkey"):
        own(cert, key, NOW)


def test_an_operators_certificate_is_refused_outside_its_time(tmp_path: Path) -> None:
    cert, key = operators(tmp_path)
    with pytest.raises(ConfigError, match=r"expired on 20.*renew it"):
        own(cert, key, NOW + 400 * DAY)
    with pytest.raises(ConfigError, match=r"not valid before 20.*clock"):
        own(cert, key, NOW - 2 * DAY)


def test_a_description_tells_what_one_wants_to_know(tmp_path: Path) -> None:
    files = ensure(tmp_path, NAMES, NOW)
    told = certificates.describe(files)
    assert told.names == tuple(NAMES)
    assert told.not_after == leaf_of(files).not_valid_after_utc
    assert told.not_after.tzinfo is not None
    assert told.fingerprint == certificates.fingerprint(files.cert)
    assert told.ca_fingerprint == certificates.fingerprint(tmp_path / "ca.pem")
    assert told.issuer.startswith("Coliseum local CA (")


def test_a_description_of_an_operators_certificate_knows_no_authority(tmp_path: Path) -> None:
    cert, key = operators(tmp_path)
    assert certificates.describe(own(cert, key, NOW)).ca_fingerprint is None


def test_a_certificate_without_names_and_common_name_can_be_described(tmp_path: Path) -> None:
    key = issuing.new_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example")])
    (tmp_path / "ca.pem").write_bytes(issuing.issue_authority(key, name, NOW).certificate_pem())
    (tmp_path / "ca.key").write_bytes(pem_of(key))
    told = certificates.describe(own(tmp_path / "ca.pem", tmp_path / "ca.key", NOW))
    assert (told.names, told.issuer) == ((), "O=Example")


def test_an_operators_key_or_certificate_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    cert, key = operators(tmp_path)
    for path, text in ((key, "holds no private key"), (cert, "holds no certificate")):
        header, *lines, footer = path.read_bytes().splitlines()
        der = base64.b64decode(b"".join(lines))
        assert P256 in der
        path.write_bytes(b"\n".join([header, base64.b64encode(der.replace(P256, UNKNOWN)), footer, b""]))
        with pytest.raises(ConfigError, match=text):
            own(cert, key, NOW)
