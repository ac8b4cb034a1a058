"""Certificates for any host, by an authority that a command is made to trust and nobody else is.

Rule 1: the authority lives as long as its directory, which is the run's. Its own key is in no file;
that of the hosts is, where its maker alone can read it.
Rule 2: what a command trusted before, it trusts now: every bundle is the old one with ours added.
Rule 3: a variable that names other roots is taken out first; each of ours is set, so that a client
reads the bundle whatever library it is made with.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "payloadproof, for one run"
#: Where systems keep the bundle that OpenSSL, GnuTLS, Go and curl read by themselves.
SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
#: Variables that name a bundle to read in place of another.
_BUNDLE_VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "PIP_CERT",
    "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "HTTPLIB2_CA_CERTS",
    "NIX_SSL_CERT_FILE",
    "PERL_LWP_SSL_CA_FILE",
    "npm_config_cafile",
)
#: Variables that name what is trusted beside the client's own.
_EXTRA_VARIABLES = ("NODE_EXTRA_CA_CERTS", "DENO_CERT")
_OTHER_ROOTS = ("SSL_CERT_DIR", "GIT_SSL_CAPATH", "DENO_TLS_CA_STORE")
TRUST_VARIABLES = frozenset({*_BUNDLE_VARIABLES, *_EXTRA_VARIABLES, *_OTHER_ROOTS})

_DAY = dt.timedelta(days=1)
_COMMON_NAME_MAX = 64  # RFC 5280, ub-common-name


class Authority:
    """A certificate authority below ``directory``, which its maker removes.

    Attributes:
        certificate: its own certificate, a PEM file.
        bundle: the system's roots and its own, a PEM file.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._chains: dict[str, Path] = {}
        self._guard = threading.Lock()
        self._own = self._self_signed()
        self.pem = self._own.public_bytes(Encoding.PEM)
        self.certificate = directory / "authority.pem"
        self.certificate.write_bytes(self.pem)
        self.bundle = self._bundled(_system_roots(), directory / "bundle.pem")

    def extended(self, roots: Path, copy: Path) -> Path:
        """Write a copy of a bundle that has this authority, too."""
        return self._bundled(roots.read_bytes(), copy)

    def _bundled(self, roots: bytes, copy: Path) -> Path:
        copy.write_bytes(roots.rstrip() + b"\n" + self.pem)
        return copy

    def trusted(self, env: Mapping[str, str]) -> dict[str, str]:
        """The environment of a command that trusts this authority."""
        told = {name: value for name, value in env.items() if name not in TRUST_VARIABLES}
        told |= dict.fromkeys(_BUNDLE_VARIABLES, str(self.bundle))
        return told | dict.fromkeys(_EXTRA_VARIABLES, str(self.certificate))

    def context(self, host: str) -> ssl.SSLContext:
        """What to serve TLS with as this name or address; HTTP/1.1 is all that is offered.

        Made anew each time, for a caller that sets a callback of its own on it.
        """
        with self._guard:
            if host not in self._chains:
                self._chains[host] = self._chain(host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._chains[host])
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _chain(self, host: str) -> Path:
        file = self.directory / f"host-{len(self._chains)}.pem"
        key = self._leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.touch(mode=0o600)
        file.write_bytes(self._leaf(host).public_bytes(Encoding.PEM) + self.pem + key)
        return file

    def _self_signed(self) -> x509.Certificate:
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            _begun(NAME, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def _leaf(self, host: str) -> x509.Certificate:
        named: x509.GeneralName
        try:
            named = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            named = x509.DNSName(host)
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            _begun(host, self._leaf_key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([named]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(above, critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _begun(subject: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .issuer_name(_named(NAME))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # A command's clock may be set back or forward by a day.
        .not_valid_before(now - 2 * _DAY)
        .not_valid_after(now + 30 * _DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _named(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:_COMMON_NAME_MAX])])


def _system_roots() -> bytes:
    """The system's roots; none where it has no bundle: no real host can be reached anyway."""
    files = (Path(file) for file in SYSTEM_BUNDLES)
    return next((file.read_bytes() for file in files if file.is_file()), b"")
