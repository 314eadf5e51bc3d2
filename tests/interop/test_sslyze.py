"""What sslyze finds wrong with a running server's TLS: nothing.

On both dialects' listeners and one engine: TLS is the same layer in all of them (wire/tls.py). What differs from
Mozilla's recommendation for servers ("Server Side TLS" 5.7, as sslyze has it) is named below.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import coliseum.settings
from coliseum.server import Server

sslyze = pytest.importorskip("sslyze", reason="sslyze has no wheel for this interpreter or machine")
profile = pytest.importorskip("sslyze.mozilla_tls_profile.tls_config_checker")

pytestmark = pytest.mark.filterwarnings(
    # Of the authorities that sslyze brings along; ours is not among them.
    "ignore:Parsed a serial number:cryptography.utils.CryptographyDeprecationWarning"
)

LESS_THAN_INTERMEDIATE = {
    "tls_curves": "X448 and P-521 besides those recommended: both are stronger, and Python before 3.15 can only "
    "name a single group, which would take X25519 away",
    "maximum_certificate_lifespan": "396 days: our own authority renews it by itself",
}
"What differs from Mozilla's `intermediate`, and why."


@pytest.fixture(scope="module")
def running(data_dir: Path) -> Iterator[Server]:
    flags = {"listen": ["tls://localhost:0", "ircs://localhost:0"], "data_dir": str(data_dir)}
    with Server(coliseum.settings.load(None, flags, environment={}), engine="asyncio") as server:
        yield server


@pytest.fixture(scope="module", params=["tls", "ircs"])
def scan(request: pytest.FixtureRequest, running: Server) -> Any:
    """Everything that sslyze can find out about one listener."""
    assert running.files is not None
    host, port = running.address(request.param)
    scanner = sslyze.Scanner()
    arguments = sslyze.ScanCommandsExtraArguments(
        certificate_info=sslyze.CertificateInfoExtraArgument(custom_ca_file=running.files.ca)
    )
    scanner.queue_scans(
        [
            sslyze.ServerScanRequest(
                sslyze.ServerNetworkLocation(host, port),
                scan_commands=set(sslyze.ScanCommand) - {sslyze.ScanCommand.HTTP_HEADERS},
                scan_commands_extra_arguments=arguments,
            )
        ]
    )
    (result,) = scanner.get_results()
    assert result.scan_status is sslyze.ServerScanStatusEnum.COMPLETED
    return result


def found(scan: Any, command: str) -> Any:
    attempt = getattr(scan.scan_result, command)
    assert attempt.status is sslyze.ScanCommandAttemptStatusEnum.COMPLETED, attempt.error_trace
    return attempt.result


@pytest.mark.parametrize("version", ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"])
def test_old_versions_are_not_spoken(scan: Any, version: str) -> None:
    assert not found(scan, f"{version}_cipher_suites").accepted_cipher_suites


@pytest.mark.parametrize("version", ["tls_1_2", "tls_1_3"])
def test_every_suite_has_forward_secrecy_and_authenticated_encryption(scan: Any, version: str) -> None:
    accepted = found(scan, f"{version}_cipher_suites").accepted_cipher_suites
    assert accepted
    for suite in accepted:
        assert suite.ephemeral_key.type_name == "ECDH"
        assert any(mode in suite.cipher_suite.name for mode in ("_GCM_", "_CHACHA20_POLY1305_"))


def test_nothing_that_was_ever_broken_is_there(scan: Any) -> None:
    assert not found(scan, "heartbleed").is_vulnerable_to_heartbleed
    assert not found(scan, "openssl_ccs_injection").is_vulnerable_to_ccs_injection
    assert "NOT_VULNERABLE" in found(scan, "robot").robot_result.value
    assert not found(scan, "tls_compression").supports_compression
    assert not found(scan, "tls_1_3_early_data").supports_early_data
    assert found(scan, "tls_fallback_scsv").supports_fallback_scsv
    assert found(scan, "tls_extended_master_secret").supports_ems_extension


def test_clients_cannot_renegotiate(scan: Any) -> None:
    result = found(scan, "session_renegotiation")
    assert result.client_renegotiations_success_count == 0
    assert not result.is_vulnerable_to_client_renegotiation_dos
    # The extension of RFC 5746 is there, which tells clients that nobody can splice into their connections.
    assert result.supports_secure_renegotiation


def test_there_are_no_tickets(scan: Any) -> None:
    """Python cannot turn off that TLS 1.2 resumes sessions, by their id, out of the server's memory."""
    result = found(scan, "session_resumption")
    assert result.tls_ticket_successful_resumptions_count == 0


def test_key_exchange_is_on_curves_that_are_safe(scan: Any) -> None:
    curves = {curve.name for curve in found(scan, "elliptic_curves").supported_curves}
    assert curves == {"X25519", "X448", "secp256r1", "secp384r1", "secp521r1"}


def test_the_certificate_is_well_formed_and_of_our_authority(scan: Any, running: Server) -> None:
    assert running.files is not None
    (deployment,) = found(scan, "certificate_info").certificate_deployments
    (ours,) = [r for r in deployment.path_validation_results if Path(r.trust_store.path) == running.files.ca]
    assert ours.was_validation_successful
    leaf = deployment.received_certificate_chain[0]
    assert leaf.public_key().curve.name == "secp256r1"
    assert leaf.signature_hash_algorithm.name == "sha256"
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < dt.timedelta(days=398)
    assert deployment.received_chain_has_valid_order
    assert not deployment.received_chain_contains_anchor_certificate


def test_what_differs_from_mozillas_recommendation_is_known(scan: Any) -> None:
    intermediate = profile.MozillaTlsConfiguration.get(profile.TlsConfigurationEnum.MOZILLA_INTERMEDIATE)
    with pytest.raises(profile.ServerNotCompliantWithTlsConfiguration) as differing:
        profile.check_server_against_tls_configuration(scan, intermediate)
    assert differing.value.issues.keys() == LESS_THAN_INTERMEDIATE.keys()
    assert "X448" in differing.value.issues["tls_curves"]
    assert "396 days" in differing.value.issues["maximum_certificate_lifespan"]
