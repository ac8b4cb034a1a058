"""The machine that a command believes itself on."""

import secrets
import shutil
import socket
import sys
from pathlib import Path

import pytest

from payloadproof.drive.place import Place

MAC = "02:17:fe:0a:0b:0c"


def test_the_name_is_the_same_whoever_is_asked(caught):
    program = """
import os, socket, subprocess
print(socket.gethostname(), os.uname().nodename, socket.getfqdn())
print(socket.gethostbyname(socket.gethostname()).startswith("127."))
"""
    _, out = caught(program, place=Place(hostname="stage-4711"))
    assert out == "stage-4711 stage-4711 stage-4711\nTrue\n"


def test_without_a_name_the_machine_has_its_own(caught):
    _, out = caught("import socket; print(socket.gethostname())")
    assert out == f"{socket.gethostname()}\n"


def test_the_card_is_the_only_one_and_has_the_address_that_it_was_given(caught):
    program = """
import os, socket, uuid
print(uuid.getnode() == 0x0217fe0a0b0c, *sorted(os.listdir("/sys/class/net")))
print(open("/sys/class/net/eth0/address").read().strip())
print(*sorted(name for _, name in socket.if_nameindex()))
with socket.socket(type=socket.SOCK_DGRAM) as asked:
    asked.connect(("192.0.2.1", 53))
    print(asked.getsockname()[0])
"""
    place = Place(mac=MAC, address="10.47.11.5/16")
    internet, out = caught(program, place=place)
    if not internet.gaps:
        assert out == f"True eth0 lo\n{MAC}\neth0 lo\n10.47.11.5\n"
    assert out.endswith("eth0 lo\n10.47.11.5\n")


def test_the_card_carries_before_the_command_begins(caught):
    # A link of one number at both ends may not carry for a second: what is sent by then is lost.
    program = """
import fcntl, socket, struct
asked = socket.socket(type=socket.SOCK_DGRAM)
flags = fcntl.ioctl(asked, 0x8913, struct.pack("16sH14x", b"eth0", 0))
print(bool(struct.unpack("16sH14x", flags)[1] & 0x40))
card = "/sys/class/net/eth0/"
print(open(card + "ifindex").read() != open(card + "iflink").read())
"""
    internet, out = caught(program)
    assert out.startswith("True\n")
    if not internet.gaps:  # or it sees the machine's own cards there
        assert out == "True\nTrue\n"


def test_the_card_has_no_ipv6_address_so_that_node_asks_for_ipv4(ran, tmp_path):
    node = shutil.which("node", path=f"{Path(sys.executable).parent}") or shutil.which("node")
    if node is None:
        pytest.skip("not tried: node is not installed here")
    file = tmp_path / "cards.cjs"
    file.write_text("""
const card = require("node:os").networkInterfaces().eth0;
console.log(card.map((one) => one.family + " " + one.address + " " + one.mac).join());
""")
    _, out = ran([node, str(file)], place=Place(mac=MAC))
    assert out == f"IPv4 192.168.178.23 {MAC}\n"


@pytest.mark.skipif(
    not Path("/etc/machine-id").is_file(), reason="this machine has no /etc/machine-id to cover"
)
def test_the_machine_id_is_the_stages(caught):
    machine_id = secrets.token_hex(16)
    own = Path("/etc/machine-id").read_text()
    _, out = caught("print(open('/etc/machine-id').read())", place=Place(machine_id=machine_id))
    assert out.strip() == machine_id
    assert Path("/etc/machine-id").read_text() == own


def test_a_file_that_is_not_there_is_said_and_not_made(caught, tmp_path):
    missing = tmp_path / "missing"
    program = f"import os; print(os.path.exists({str(missing)!r}))"
    internet, out = caught(program, place=Place(files=((str(missing), "x"),)))
    assert out == "False\n"
    assert f"{missing} is not there, and cannot be given" in internet.gaps
    assert not missing.exists()


def test_a_directory_can_be_read_only_to_the_command_alone(caught, tmp_path):
    program = f"""
import errno
try:
    open({str(tmp_path / "new")!r}, "w")
except OSError as error:
    print(errno.errorcode[error.errno])
"""
    _, out = caught(program, place=Place(read_only=(str(tmp_path),)))
    assert out == "EROFS\n"
    (tmp_path / "new").write_text("the machine can")


def test_a_command_that_was_given_roots_of_its_own_trusts_ours_beside_them(caught, tmp_path):
    """Whoever sets a bundle has a proxy of their company, and must be caught all the same."""
    own = tmp_path / "own.pem"
    own.write_text("")
    program = """
import requests
print(requests.post("https://telemetry.example.com/batch/", json=BODY, timeout=20).status_code)
"""
    _, out = caught(program, env={"REQUESTS_CA_BUNDLE": str(own), "SSL_CERT_DIR": "/nowhere"})
    assert out == "200\n"


def test_a_client_that_reads_no_variable_trusts_the_bundle_of_its_package(caught):
    program = """
import os, requests
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
    del os.environ[name]
print(requests.post("https://telemetry.example.com/batch/", json=BODY, timeout=20).status_code)
"""
    _, out = caught(program)
    assert out == "200\n"


def test_a_client_that_reads_no_variable_trusts_the_systems_bundle(ran):
    if shutil.which("curl") is None:
        pytest.skip("not tried: curl is not installed here")
    words = ["curl", "--fail", "-s", "-H", "Content-Type: application/json", "--data", "{}"]
    bare = ["env", "-u", "SSL_CERT_FILE", "-u", "CURL_CA_BUNDLE", *words]
    internet, _ = ran([*bare, "https://telemetry.example.com/x"], code=22)
    assert not internet.rejections()
    assert [exchange.host for exchange in internet.exchanges()] == ["telemetry.example.com"]
