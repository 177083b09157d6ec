"""The source `host`: pure parsing of facts, and this very machine."""

import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cmdb.model.observation import Batch
from cmdb.model.pack import load_pack
from discovery.source import Recorder
from discovery.sources.host import HostConfig, HostFacts, HostSource, parse
from discovery.sources.host.collect import read_facts
from discovery.sources.host.identity import hypervisor_of, identity_of, is_identifying
from discovery.sources.host.model import Address, FileSystem, Process, Socket
from tests.support.batches import faults_of

FACTS = HostFacts(
    machine_id="0123456789abcdef0123456789abcdef",
    hostname="web1",
    fqdn="web1.example.org",
    serial_number="S1",
    vendor="Maker",
    operating_system="Debian GNU/Linux",
    os_version="12",
    kernel="6.1.0",
    cpu_count=4,
    memory=2**33,
    mac_addresses=("00:1b:2c:3d:4e:5f",),
    file_systems=(FileSystem("/", "/dev/sda1", "ext4", 10**9), FileSystem("/srv", "/dev/sdb1", "xfs", 0)),
    sockets=(
        Socket("tcp", Address("0.0.0.0", 80), None, 1),
        Socket("tcp", Address("10.0.0.1", 50000), Address("192.0.2.1", 5432), 1),
    ),
    processes={1: Process(1, "nginx", "/usr/sbin/nginx", "www-data")},
)


def test_the_host_its_file_systems_and_its_software() -> None:
    observations = parse(FACTS, HostConfig(location="Hill", owner="Platform"))
    assert faults_of([Batch("host", observations)], load_pack()) == []
    host, root, srv, nginx = observations
    assert host.type == "server"
    assert host.fields["location"] == "Hill"
    assert host.fields["memory_bytes"] == 2**33
    assert root.fields["size_bytes"] == 10**9
    assert "size_bytes" not in srv.fields
    assert nginx.fields["name"] == "nginx:80"
    assert [(one.type, one.to) for one in nginx.relations] == [("runs_on", host.ref)]


def test_what_could_not_be_read_is_not_claimed() -> None:
    (host,) = parse(HostFacts("a" * 31 + "b", "h1"), HostConfig())
    assert set(host.fields) == {"name", "hostname", "machine_id"}


def test_far_ends_only_when_asked() -> None:
    asked = parse(FACTS, HostConfig(remote=True))
    assert faults_of([Batch("host", asked)], load_pack()) == []
    assert [one.fields["address"] for one in asked if one.type == "endpoint"] == ["192.0.2.1:5432"]
    assert "endpoint" not in {one.type for one in parse(FACTS, HostConfig())}


def test_connections_are_never_said_to_be_complete() -> None:
    assert all("depends_on" not in one.complete_relations for one in parse(FACTS, HostConfig(remote=True)))


METAL_OR_NOT = [({}, "server"), ({"hypervisor": "kvm"}, "virtual_machine"), ({"container": True}, "virtual_machine")]


@pytest.mark.parametrize(("changes", "kind"), METAL_OR_NOT)
def test_metal_or_virtual(changes: dict[str, str], kind: str) -> None:
    assert parse(replace(FACTS, **changes), HostConfig())[0].type == kind  # type: ignore[arg-type]


def test_identity_of_machines_and_containers() -> None:
    known = "0123456789abcdef0123456789abcdef"
    assert identity_of(known + "\n", "h", container=False) == known
    assert identity_of(known, "a", container=True) != identity_of(known, "b", container=True)
    assert identity_of("", "h1", container=False) == identity_of("uninitialized", "h1", container=False) != ""
    assert identity_of("0" * 32, "localhost", container=False) == ""


NIL = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("text", ["", "0", "None", "To be filled by O.E.M.", "Default string", "0000000", NIL, "N/A"])
def test_placeholders_identify_nothing(text: str) -> None:
    assert not is_identifying(text)


def test_serials_identify() -> None:
    assert is_identifying("CZC1234XYZ")
    assert is_identifying("4c4c4544-0042-3510-8052-c2c04f4b3332")


@pytest.mark.parametrize(
    ("vendor", "model", "cpuinfo", "expected"),
    [
        ("QEMU", "Standard PC", "", "kvm"),
        ("VMware, Inc.", "VMware7,1", "", "vmware"),
        ("Microsoft Corporation", "Virtual Machine", "", "hyper-v"),
        ("Microsoft Corporation", "Surface Laptop", "flags\t: fpu sse\n", ""),
        ("", "", "flags\t\t: fpu hypervisor sse\n", "unknown"),
        ("Dell Inc.", "PowerEdge", "model name: hypervisor\n", ""),
    ],
)
def test_hypervisors(vendor: str, model: str, cpuinfo: str, expected: str) -> None:
    assert hypervisor_of(vendor, model, cpuinfo) == expected


class TestThisMachine:
    def test_what_it_observes_fits_the_registry_and_comes_out_the_same_twice(self) -> None:
        source, recorder = HostSource(), Recorder()
        batches = list(source.collect(HostConfig(packages=True, remote=True), recorder))
        assert faults_of(batches, load_pack()) == []
        machine = batches[0].scope.removeprefix("host:")
        assert len(machine) == 32
        assert all(batch.scope.startswith(f"host:{machine}") for batch in batches)
        host = batches[0].observations[0]
        assert host == next(source.collect(HostConfig(), Recorder())).observations[0]
        assert host.fields["cpu_count"] == os.cpu_count()
        assert host.fields["hostname"] == socket.gethostname().lower().split(".")[0]

    def test_a_listening_program_and_its_client_are_found(self) -> None:
        """Two real processes: one listens on a lasting port, the other is connected to it. A secret stands in their arguments."""
        wait = "print('up', flush=True); {}; sys.stdin.read()"
        server_code = f"import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); {wait.format('c = s.accept()')}"
        client_code = f"import socket, sys; c = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); {wait.format('pass')}"
        port = _free_lasting_port()
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen([sys.executable, "-c", server_code, str(port), "hunter2"], **pipes) as server:
            try:
                assert server.stdout is not None
                server.stdout.readline()
                with subprocess.Popen([sys.executable, "-c", client_code, str(port), "--password=hunter2"], **pipes) as client:
                    try:
                        assert client.stdout is not None
                        client.stdout.readline()
                        (batch,) = HostSource().collect(HostConfig(), Recorder())
                    finally:
                        client.kill()
            finally:
                server.kill()
        found = [one for one in batch.observations if one.fields.get("ports") == (port,)]
        assert len(found) == 1
        assert found[0].fields["executable"] == os.path.realpath(sys.executable)
        needing = [one for one in batch.observations if any(r.type == "depends_on" and r.to == found[0].ref for r in one.relations)]
        assert [one.type for one in needing] == ["software_instance"]
        assert "hunter2" not in repr(batch)

    @pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="no dpkg on this machine")
    def test_installed_packages_agree_with_dpkg(self) -> None:
        _, batch = HostSource().collect(HostConfig(packages=True), Recorder())
        command = ["dpkg-query", "-W", "-f=${db:Status-Abbrev} ${Package}:${Architecture}=${Version}\n"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True)
        installed = {line.split()[1] for line in listed.stdout.splitlines() if line[1] == "i"}
        assert {f"{one.fields['name']}:{one.fields['architecture']}={one.fields['version']}" for one in batch.observations} == installed
        assert batch.complete
        bash = next(one for one in batch.observations if one.fields["name"] == "bash")
        assert any(relation.to and "/libc6:" in relation.to for relation in bash.relations if relation.type == "depends_on")

    def test_another_root_is_read_for_identity(self, tmp_path: Path) -> None:
        (tmp_path / "etc").mkdir()
        (tmp_path / "etc/machine-id").write_text("fedcba9876543210fedcba9876543210\n")
        assert read_facts(tmp_path).machine_id == "fedcba9876543210fedcba9876543210"
        (tmp_path / ".dockerenv").touch()
        facts = read_facts(tmp_path)
        assert facts.container
        assert facts.machine_id != "fedcba9876543210fedcba9876543210"


def _free_lasting_port() -> int:
    for port in range(20500, 21500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                try:
                    probe2 = socket.create_server(("127.0.0.1", port))
                except OSError:
                    continue
                probe2.close()
                return port
    raise AssertionError("no free port below the handed-out range")
