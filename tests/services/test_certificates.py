"""The keeping of certificates: what is made, reused, renewed, refused, and what a failure leaves behind."""

import base64
import contextlib
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from coliseum.errors import CannotCreate, ConfigError
from coliseum.services import certificates, issuing
from coliseum.services.certificates import ensure, renew
from tests.services.support import DAY, NAMES, NOW, assert_sound, ca_of, contents, leaf_of, pem_of

odd_numbers = pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn't positive")
"For damaged certificates: the library takes such a number, too, and says that it will not always."

as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root reads and writes everything: modes refuse it nothing")


def test_a_first_start_makes_an_authority_and_a_certificate(tmp_path: Path) -> None:
    files = ensure(tmp_path / "new" / "directory", NAMES, NOW)
    assert_sound(files)
    assert set(certificates.describe(files).names) == set(NAMES)


def test_keys_are_for_their_owner_alone_and_so_is_the_directory(tmp_path: Path) -> None:
    directory = tmp_path / "certificates"
    files = ensure(directory, NAMES, NOW)
    assert directory.stat().st_mode & 0o777 == 0o700
    for key in (files.key, directory / "ca.key"):
        assert key.stat().st_mode & 0o777 == 0o600


def test_a_key_is_secret_from_its_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: dict[str, int] = {}
    real = os.open

    def watching(path: Path, flags: int, mode: int = 0o777) -> int:
        handle = real(path, flags, mode)
        if flags & os.O_EXCL:
            opened[path.name] = os.fstat(handle).st_mode & 0o777
        return handle

    monkeypatch.setattr(os, "open", watching)
    previous = os.umask(0)
    try:
        ensure(tmp_path, NAMES, NOW)
    finally:
        os.umask(previous)
    assert opened == {
        ".ca.key.new": 0o600,
        ".ca.pem.new": 0o644,
        ".server.key.new": 0o600,
        ".server.pem.new": 0o644,
    }


def test_a_key_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    files = ensure(tmp_path, NAMES, NOW)
    files.key.chmod(0o644)
    (tmp_path / "ca.key").chmod(0o640)
    ensure(tmp_path, NAMES, NOW)
    assert files.key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ca.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_a_directory_in_which_everybody_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(CannotCreate, match="everybody can write there") as caught:
        ensure(tmp_path, NAMES, NOW)
    assert f"chmod o-w {tmp_path}" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    tmp_path.chmod(0o755)
    assert_sound(ensure(tmp_path, NAMES, NOW))


def test_the_authority_signs_servers_and_nothing_else(tmp_path: Path) -> None:
    authority = ca_of(ensure(tmp_path, NAMES, NOW)).extensions
    constraints = authority.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    usage = authority.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert not usage.value.digital_signature


def test_a_server_certificate_is_for_servers_and_lives_at_most_397_days(tmp_path: Path) -> None:
    leaf = leaf_of(ensure(tmp_path, NAMES, NOW))
    assert leaf.not_valid_before_utc < NOW
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=397)
    usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [ExtendedKeyUsageOID.SERVER_AUTH]
    public = leaf.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp256r1"


def test_two_machines_of_one_name_have_authorities_of_different_names(tmp_path: Path) -> None:
    first, second = (ca_of(ensure(tmp_path / name, NAMES, NOW)) for name in ("a", "b"))
    assert first.subject != second.subject


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not on PATH")
def test_openssl_verifies_what_we_make_under_its_strict_rules(tmp_path: Path) -> None:
    files = ensure(tmp_path, NAMES, NOW)
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost"]
    done = subprocess.run(
        [*command, "-CAfile", str(files.ca), str(files.cert)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_there_and_good_is_reused_byte_for_byte(tmp_path: Path) -> None:
    ensure(tmp_path, NAMES, NOW)
    before = contents(tmp_path)
    ensure(tmp_path, ["LOCALHOST", "127.0.0.1"], NOW + 200 * DAY)
    assert contents(tmp_path) == before


def test_less_than_a_third_of_its_life_left_renews_the_certificate(tmp_path: Path) -> None:
    old = leaf_of(ensure(tmp_path, NAMES, NOW))
    files = ensure(tmp_path, NAMES, NOW + 270 * DAY)
    assert leaf_of(files).not_valid_after_utc > old.not_valid_after_utc
    assert_sound(files)


def test_a_certificate_from_the_future_is_renewed(tmp_path: Path) -> None:
    ensure(tmp_path, NAMES, NOW + 300 * DAY)  # The clock was wrong when it was made.
    files = ensure(tmp_path, NAMES, NOW)
    assert leaf_of(files).not_valid_before_utc < NOW
    assert ca_of(files).not_valid_before_utc < NOW


def test_a_new_name_renews_the_certificate_and_keeps_the_older_names(tmp_path: Path) -> None:
    first = contents(ensure(tmp_path, NAMES, NOW).cert.parent)
    files = ensure(tmp_path, ["localhost", "chat.example.org"], NOW)
    assert set(certificates.describe(files).names) == {*NAMES, "chat.example.org"}
    second = contents(tmp_path)
    assert second["server.pem"] != first["server.pem"]
    assert second["ca.pem"] == first["ca.pem"]
    ensure(tmp_path, NAMES, NOW)
    assert contents(tmp_path) == second


def test_names_that_were_once_wanted_do_not_pile_up_without_end(tmp_path: Path) -> None:
    ensure(tmp_path, [f"container-{number}" for number in range(64)], NOW)
    files = ensure(tmp_path, ["container-64"], NOW)
    names = certificates.describe(files).names
    assert len(names) == 64
    assert "container-64" in names


def test_renew_makes_a_new_certificate_for_exactly_these_names_by_the_same_authority(tmp_path: Path) -> None:
    first = contents(ensure(tmp_path, NAMES, NOW).cert.parent)
    files = renew(tmp_path, ["localhost"], NOW)
    second = contents(tmp_path)
    assert certificates.describe(files).names == ("localhost",)
    assert second["server.key"] != first["server.key"]
    assert second["ca.pem"] == first["ca.pem"]
    assert_sound(files)


def test_renew_also_makes_the_first_certificate(tmp_path: Path) -> None:
    assert_sound(renew(tmp_path, NAMES, NOW))


def test_a_key_that_does_not_match_its_certificate_remakes_both(tmp_path: Path) -> None:
    files = ensure(tmp_path, NAMES, NOW)
    other = ensure(tmp_path / "other", NAMES, NOW)
    shutil.copy(other.key, files.key)
    shutil.rmtree(tmp_path / "other")
    assert_sound(ensure(tmp_path, NAMES, NOW))


def test_a_certificate_of_another_authority_is_remade(tmp_path: Path) -> None:
    files = ensure(tmp_path, NAMES, NOW)
    other = ensure(tmp_path / "other", NAMES, NOW)
    shutil.copy(other.cert, files.cert)
    shutil.copy(other.key, files.key)
    shutil.rmtree(tmp_path / "other")
    assert_sound(ensure(tmp_path, NAMES, NOW))


@pytest.mark.parametrize("name", ["server.pem", "server.key"])
@pytest.mark.parametrize(
    "data", [b"", b"\x00\xff" * 40, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_corrupt_server_certificate_or_key_is_remade(tmp_path: Path, name: str, data: bytes) -> None:
    ensure(tmp_path, NAMES, NOW)
    (tmp_path / name).write_bytes(data)
    assert_sound(ensure(tmp_path, NAMES, NOW))


@pytest.mark.parametrize("name", ["server.pem", "server.key"])
def test_a_server_file_that_is_missing_is_remade(tmp_path: Path, name: str) -> None:
    ensure(tmp_path, NAMES, NOW)
    (tmp_path / name).unlink()
    assert_sound(ensure(tmp_path, NAMES, NOW))


def test_what_we_can_parse_but_openssl_cannot_counts_as_corrupt(tmp_path: Path) -> None:
    files = ensure(tmp_path, NAMES, NOW)
    for path in (files.cert, tmp_path / "ca.pem"):
        odd = path.read_bytes().replace(b"\n-----END", b"-----END")
        issuing.parse_certificate(odd)
        path.write_bytes(odd)
    with pytest.raises(CannotCreate, match=r"ca\.pem: is corrupt"):
        ensure(tmp_path, NAMES, NOW)
    (tmp_path / "ca.pem").write_bytes((tmp_path / "ca.pem").read_bytes().replace(b"-----END", b"\n-----END"))
    certificates.server_context(ensure(tmp_path, NAMES, NOW))


@odd_numbers
def test_a_certificate_with_any_byte_replaced_is_read_or_refused_with_one_kind_of_error(tmp_path: Path) -> None:
    certificate = issuing.parse_certificate(ensure(tmp_path, NAMES, NOW).cert.read_bytes())
    der = certificate.public_bytes(Encoding.DER)
    refused = 0
    for place in range(len(der)):
        for byte in {0, 3, 16, 254} - {der[place]}:  # for each error of the library's own, one that leads to it
            damaged = base64.encodebytes(der[:place] + bytes([byte]) + der[place + 1 :])
            try:
                issuing.parse_certificate(
                    b"-----BEGIN CERTIFICATE-----\n" + damaged + b"-----END CERTIFICATE-----\n"
                )
            except ValueError:
                refused += 1
    assert refused > len(der)


@odd_numbers
def test_any_flipped_byte_of_the_server_certificate_leads_to_a_sound_pair(tmp_path: Path) -> None:
    files = ensure(tmp_path, NAMES, NOW)
    good = files.cert.read_bytes()
    for place in range(0, len(good), 7):
        files.cert.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        assert_sound(ensure(tmp_path, NAMES, NOW))


@odd_numbers
def test_any_flipped_byte_of_the_authority_is_refused_or_harmless(tmp_path: Path) -> None:
    files = ensure(tmp_path, NAMES, NOW)
    for path in (tmp_path / "ca.pem", tmp_path / "ca.key"):
        good = path.read_bytes()
        for place in range(0, len(good), 7):
            path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
            with contextlib.suppress(CannotCreate):
                assert_sound(ensure(tmp_path, NAMES, NOW))
        path.write_bytes(good)
    assert_sound(files)


@pytest.mark.parametrize("name", ["ca.pem", "ca.key"])
def test_a_corrupt_authority_is_never_replaced(tmp_path: Path, name: str) -> None:
    ensure(tmp_path, NAMES, NOW)
    (tmp_path / name).write_bytes(b"garbage")
    before = contents(tmp_path)
    for call in (ensure, renew):
        with pytest.raises(CannotCreate, match=rf"{name}: is corrupt.*restore.*or remove both"):
            call(tmp_path, NAMES, NOW)
    assert contents(tmp_path) == before


def test_an_authority_without_its_key_is_named(tmp_path: Path) -> None:
    ensure(tmp_path, NAMES, NOW)
    (tmp_path / "ca.key").unlink()
    with pytest.raises(CannotCreate, match=r"ca\.key: is missing"):
        ensure(tmp_path, NAMES, NOW)


def test_an_authority_with_the_key_of_another_is_named(tmp_path: Path) -> None:
    ensure(tmp_path, NAMES, NOW)
    ensure(tmp_path / "other", NAMES, NOW)
    shutil.copy(tmp_path / "other" / "ca.key", tmp_path / "ca.key")
    with pytest.raises(CannotCreate, match=r"ca\.key: is not the key of"):
        ensure(tmp_path, NAMES, NOW)


def test_an_authority_with_a_foreign_kind_of_key_is_named(tmp_path: Path) -> None:
    ensure(tmp_path, NAMES, NOW)
    (tmp_path / "ca.key").write_bytes(pem_of(rsa.generate_private_key(65537, 2048)))
    with pytest.raises(CannotCreate, match=r"ca\.key: is not a key that Coliseum made"):
        ensure(tmp_path, NAMES, NOW)


def test_an_authority_that_is_signed_by_another_is_named(tmp_path: Path) -> None:
    ensure(tmp_path, NAMES, NOW)
    pair = issuing.issue_leaf(
        issuing.issue_authority(key := issuing.new_key(), issuing.authority_name("a", key), NOW), ["a"], NOW
    )
    (tmp_path / "ca.pem").write_bytes(pair.certificate_pem())
    (tmp_path / "ca.key").write_bytes(pair.key_pem())
    with pytest.raises(CannotCreate, match=r"ca\.pem: is corrupt"):
        ensure(tmp_path, NAMES, NOW)


def test_a_first_start_that_was_cut_short_is_finished_with_the_same_key(tmp_path: Path) -> None:
    ensure(tmp_path, NAMES, NOW)
    before = contents(tmp_path)
    (tmp_path / "ca.pem").unlink()
    files = ensure(tmp_path, NAMES, NOW)
    after = contents(tmp_path)
    assert after["ca.key"] == before["ca.key"]
    assert ca_of(files).subject == x509.load_pem_x509_certificate(before["ca.pem"]).subject


def test_the_authority_is_renewed_long_before_its_end_with_the_same_key_and_name(tmp_path: Path) -> None:
    files = ensure(tmp_path, NAMES, NOW)
    old = ca_of(files)
    later = old.not_valid_after_utc - 2 * timedelta(days=397) + DAY
    assert_sound(ensure(tmp_path, NAMES, later))
    new = ca_of(files)
    assert new.not_valid_after_utc > old.not_valid_after_utc
    assert (new.subject, new.public_key()) == (old.subject, old.public_key())
    # Clients that hold the old file are served too, for longer than any leaf of this day lives.
    assert issuing.is_signed_by(leaf_of(files), old)
    assert leaf_of(files).not_valid_after_utc < old.not_valid_after_utc


def test_names_that_no_certificate_can_hold_are_left_out(tmp_path: Path) -> None:
    files = ensure(tmp_path, ["under_score", "localhost", "0.0.0.0", "x" * 64], NOW)
    before = contents(tmp_path)
    assert certificates.describe(files).names == ("localhost",)
    ensure(tmp_path, ["under_score", "localhost"], NOW)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("names", [[], ["under_score"]])
def test_no_usable_name_at_all_is_an_error_of_the_configuration(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(ConfigError, match="for example localhost"):
        ensure(tmp_path / "new", names, NOW)
    assert not (tmp_path / "new").exists()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotCreate, match="file/certificates: cannot be made: not a directory; choose"):
        ensure(tmp_path / "file" / "certificates", NAMES, NOW)


@as_root
def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CannotCreate, match="cannot be used: permission denied; choose"):
        ensure(tmp_path, NAMES, NOW)


@as_root
@pytest.mark.parametrize("name", ["ca.pem", "ca.key", "server.pem", "server.key"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    ensure(tmp_path, NAMES, NOW)
    (tmp_path / name).chmod(0)
    with pytest.raises(CannotCreate, match=f"{name}: cannot be read: permission denied"):
        ensure(tmp_path, NAMES, NOW)


@pytest.mark.parametrize("name", ["ca.pem", "ca.key", "server.pem", "server.key"])
def test_a_directory_in_a_files_place_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(CannotCreate, match=f"{name}: cannot be read: is a directory"):
        ensure(tmp_path, NAMES, NOW)
