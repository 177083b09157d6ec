"""Software instances and their dependencies from sockets and processes."""

import pytest

from discovery.sources.host.model import Address, HostFacts, Process, Socket
from discovery.sources.host.names import program_name
from discovery.sources.host.software import Instance, instances_of


def listen(pid: int | None, port: int, ip: str = "0.0.0.0", protocol: str = "tcp") -> Socket:
    return Socket(protocol, Address(ip, port), None, pid)


def connect(pid: int | None, to: int, port: int = 50000, ip: str = "127.0.0.1", remote: str = "127.0.0.1") -> Socket:
    return Socket("tcp", Address(ip, port), Address(remote, to), pid)


def find(*sockets: Socket, names: dict[int, str]) -> dict[str, Instance]:
    processes = {pid: Process(pid, name, f"/usr/bin/{name}", "svc") for pid, name in names.items()}
    facts = HostFacts("m1", "h", ip_addresses=("10.0.0.5",), sockets=sockets, processes=processes)
    return {one.key: one for one in instances_of(facts)}


def test_a_master_and_its_workers_are_one_instance() -> None:
    found = find(listen(1, 443), listen(2, 443), listen(3, 443), listen(1, 80), names={1: "nginx", 2: "nginx", 3: "nginx"})
    assert set(found) == {"nginx:80"}
    assert found["nginx:80"].ports == {80, 443}
    assert found["nginx:80"].listens_on == {"tcp/0.0.0.0:80", "tcp/0.0.0.0:443"}


def test_two_instances_of_one_program_stay_apart() -> None:
    assert set(find(listen(1, 6379), listen(2, 6380), names={1: "redis", 2: "redis"})) == {"redis:6379", "redis:6380"}


def test_handed_out_ports_are_not_recorded() -> None:
    found = find(listen(1, 40001), listen(2, 40002), listen(3, 8080), listen(3, 41000), names={1: "java", 2: "java", 3: "app"})
    assert {key: one.ports for key, one in found.items()} == {"java@svc": set(), "app:8080": {8080}}


def test_who_connects_needs_who_listens_and_never_the_reverse() -> None:
    accepted = Socket("tcp", Address("127.0.0.1", 5432), Address("127.0.0.1", 50000), 2)
    found = find(listen(1, 80), listen(2, 5432, "127.0.0.1"), connect(1, 5432), accepted, names={1: "web", 2: "postgres"})
    assert found["web:80"].needs == {"postgres:5432"}
    assert found["postgres:5432"].needs == set()


def test_a_client_that_does_not_listen_is_an_instance_without_ports() -> None:
    found = find(listen(2, 5432), connect(9, 5432), names={2: "postgres", 9: "batch"})
    assert found["batch@svc"].needs == {"postgres:5432"}
    assert found["batch@svc"].ports == set()


def test_connections_by_the_hosts_own_address_are_local() -> None:
    found = find(listen(2, 5432), connect(9, 5432, ip="10.0.0.5", remote="10.0.0.5"), names={2: "postgres", 9: "batch"})
    assert found["batch@svc"].needs == {"postgres:5432"}


def test_far_ends_are_kept_apart_and_accepted_ones_left_out() -> None:
    inbound = Socket("tcp", Address("10.0.0.5", 80), Address("192.0.2.9", 61000), 1)
    found = find(listen(1, 80), inbound, connect(1, 443, remote="198.51.100.7"), names={1: "web"})
    assert found["web:80"].reaches == {Address("198.51.100.7", 443)}


def test_a_process_talking_to_itself_does_not_need_itself() -> None:
    assert find(listen(1, 80), connect(1, 80), names={1: "web"})["web:80"].needs == set()


def test_sockets_of_unknown_processes_are_passed_over() -> None:
    assert find(listen(None, 22), listen(7, 80), connect(None, 80), names={}) == {}


def test_open_udp_sockets_on_handed_out_ports_are_clients() -> None:
    found = find(listen(1, 53, protocol="udp"), listen(2, 45000, protocol="udp"), names={1: "dns", 2: "browser"})
    assert set(found) == {"dns:53"}


@pytest.mark.parametrize(
    ("name", "executable", "arguments", "expected"),
    [
        ("nginx", "/usr/sbin/nginx", ["nginx: master process"], "nginx"),
        ("nginx: worker", "", [], "nginx"),
        ("python3", "/usr/bin/python3.11", ["python3", "-m", "celery", "-A", "x"], "celery"),
        ("python3", "/usr/bin/python3.11", ["python3", "-u", "/srv/app/serve.py", "--token=hunter2"], "serve"),
        ("python3", "/usr/bin/python3.11", ["python3", "-c", "password='hunter2'"], "python3"),
        ("python3", "/usr/bin/python3.11", ["python3", "--password", "hunter2.py"], "python3"),
        ("java", "/opt/jdk/bin/java", ["java", "-Xmx1g", "-Dpw=hunter2", "-cp", "/x/y.jar", "org.kafka.Kafka", "secret"], "Kafka"),
        ("java", "/opt/jdk/bin/java", ["java", "-jar", "/opt/app/shop-1.2.jar"], "shop-1.2"),
        ("java", "/opt/jdk/bin/java", ["java"], "java"),
        ("node", "/usr/bin/node", ["node", "/srv/web/server.js", "x"], "server"),
        ("node", "/usr/bin/node", ["node", "hunter2"], "node"),
        ("sh", "/bin/sh", ["sh", "-c", "curl -u u:hunter2"], "sh"),
        ("bash", "/bin/bash", ["bash", "postgres://u:hunter2@h/x.sh"], "bash"),
        ("", "", [], "process"),
        ("\x00 odd", "", [], "process"),
    ],
)
def test_what_to_call_a_process(name: str, executable: str, arguments: list[str], expected: str) -> None:
    found = program_name(name, executable, arguments)
    assert found == expected
    assert "hunter2" not in found
