"""A real slapd for tests, where the machine has one or lets one be installed: a company's people and groups, over ldap and ldaps."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ldap3 import Connection, Server
from ldap3.core.exceptions import LDAPException

from tests import patience
from tests.browser import install

NAMES = ("/usr/sbin/slapd", "/usr/libexec/slapd", "/usr/lib/openldap/slapd")
MODULES = ("/usr/lib/ldap", "/usr/lib/openldap", "/usr/lib64/openldap")
SCHEMAS = ("/etc/ldap/schema", "/etc/openldap/schema")
ADVICE = "No directory server: its tests are skipped. Install slapd (Debian: apt-get install slapd)."
BASE = "dc=acme,dc=example"
ADMIN, ADMIN_PASSWORD = f"cn=admin,{BASE}", "the directory's own"
READER, READER_PASSWORD = f"cn=reader,{BASE}", "may only read"
PASSWORD = "kept in the directory"


def find() -> str | None:
    """The path of slapd; None where there is none."""
    return shutil.which("slapd") or next((name for name in NAMES if os.access(name, os.X_OK)), None)


def main() -> None:
    """Installs slapd if it is missing, apt is there and we may use it; says what to do otherwise."""
    if find() is None:
        if shutil.which("debconf-set-selections") and os.geteuid() == 0:  # else the package would start one of its own
            subprocess.run(["debconf-set-selections"], input=b"slapd slapd/no_configuration boolean true", check=False)
        install.apt("slapd")
    if find() is None:
        print(ADVICE)


@dataclass
class Directory:
    """A running slapd: its ports, and the certificate that it shows."""

    port: int
    guarded_port: int
    certificate: str
    process: subprocess.Popen[bytes]
    folder: Path

    def change(self, dn: str, **changes: object) -> None:
        """Adds an entry (`objectClass` among the changes), or changes one."""
        with Connection(
            Server("127.0.0.1", self.port), ADMIN, ADMIN_PASSWORD, auto_bind=True, raise_exceptions=True
        ) as connection:
            if "objectClass" in changes:
                connection.add(dn, attributes=changes)
            else:
                connection.modify(dn, {name: [("MODIFY_REPLACE", value)] for name, value in changes.items()})

    def person(self, uid: str, name: str, **more: object) -> str:
        """Adds somebody with the password; gives the DN."""
        dn = f"uid={uid},ou=people,{BASE}"
        self.change(dn, objectClass=["inetOrgPerson"], uid=uid, cn=name, sn=name[:1], userPassword=PASSWORD, **more)
        return dn


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Directory]:
    """The directory with its people, in a folder of its own; whoever calls has looked that there is a slapd."""
    own, data = folder / "slapd", folder / "slapd" / "data"
    data.mkdir(parents=True)
    certificate = _certificate(own)
    (own / "slapd.conf").write_text(_configuration(own))
    ports = [_free_port(), _free_port()]
    addresses = f"ldap://127.0.0.1:{ports[0]} ldaps://127.0.0.1:{ports[1]}"
    with open(own / "log", "wb") as log:
        process = subprocess.Popen(
            [find() or "slapd", "-f", own / "slapd.conf", "-h", addresses, "-d", "0"], stdout=log, stderr=log
        )
    found = Directory(ports[0], ports[1], certificate, process, own)
    try:
        _wait(found)
        _furnish(found)
        yield found
    finally:
        process.terminate()
        process.wait(patience.SECONDS)


def _configuration(own: Path) -> str:
    schemas = next(folder for folder in SCHEMAS if Path(folder).is_dir())
    modules = next(folder for folder in MODULES if Path(folder).is_dir())
    named = "".join(f"include {schemas}/{name}.schema\n" for name in ("core", "cosine", "inetorgperson"))
    return f"""{named}modulepath {modules}
moduleload back_mdb
moduleload memberof
pidfile {own}/pid
TLSCertificateFile {own}/certificate.pem
TLSCertificateKeyFile {own}/key.pem
TLSCACertificateFile {own}/certificate.pem
allow bind_anon_cred bind_anon_dn
database mdb
maxsize 33554432
suffix "{BASE}"
rootdn "{ADMIN}"
rootpw "{ADMIN_PASSWORD}"
directory {own}/data
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{READER}" read by * none
"""


def _furnish(directory: Directory) -> None:
    directory.change(BASE, objectClass=["dcObject", "organization"], dc="acme", o="样例公司")
    directory.change(
        READER, objectClass=["applicationProcess", "simpleSecurityObject"], cn="reader", userPassword=READER_PASSWORD
    )
    for unit in ("people", "groups"):
        directory.change(f"ou={unit},{BASE}", objectClass=["organizationalUnit"], ou=unit)
    directory.person("clerk", "陈办事", mail="chen@acme.example", employeeNumber="1001")
    zhou = directory.person("zhou", "周新", mail="zhou@acme.example", mobile="13800002345", departmentNumber="客服部")
    directory.change(f"cn=service,ou=groups,{BASE}", objectClass=["groupOfNames"], cn="service", member=[zhou])


def _wait(directory: Directory) -> None:
    """Until it answers; one that ended never will."""
    while directory.process.poll() is None:
        with contextlib.suppress(LDAPException):  # the next attempt follows at once: a refused connection costs nothing
            Connection(Server("127.0.0.1", directory.port), ADMIN, ADMIN_PASSWORD, auto_bind=True).unbind()
            return
    raise AssertionError((directory.folder / "log").read_text())


def _certificate(own: Path) -> str:
    """A certificate for 127.0.0.1 that it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begins = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins.replace(year=2120))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = made.public_bytes(serialization.Encoding.PEM).decode()
    (own / "certificate.pem").write_text(text)
    plain = serialization.NoEncryption()
    (own / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return text


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
