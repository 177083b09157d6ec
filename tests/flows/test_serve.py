"""`cmdb serve`, as a user starts and stops it, and the command line beside it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.serving import Serving, processes_on

pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.broker]


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A running CMDB on an empty data directory."""
    found = Serving(tmp_path_factory.mktemp("serve") / "data")
    try:
        found.start()
        yield found
    finally:
        found.stop()


def test_one_command_starts_every_part_and_signs_in_once(serving: Serving) -> None:
    assert set(serving.parts()) == {"graph", "broker", "api", "worker", "scheduler"}
    with httpx.Client(base_url=serving.url) as client:
        assert client.get("/me").status_code == 401
        assert client.get(serving.link).status_code == 303
        assert client.get("/me").json()["roles"] == ["administrator"]
        assert client.post("/graphql", json={"query": "{ __typename }"}, headers={"Origin": serving.url}).status_code == 200
        assert client.get("/readyz").json()["checks"] == {"graph": "ok", "index": "ok", "broker": "ok"}


def test_secrets_are_readable_by_their_owner_only(serving: Serving) -> None:
    assert serving.data_dir.stat().st_mode & 0o077 == 0
    for name in ("graph/password", "graph/address.json", "broker/password", "broker/broker.json", "broker/valkey.conf", "serve.json"):
        assert (serving.data_dir / name).stat().st_mode & 0o077 == 0, name
    secrets = [(serving.data_dir / name).read_text() for name in ("graph/password", "broker/password")]
    for part in serving.parts().values():
        assert not any(secret in " ".join(part.cmdline()) for secret in secrets)
    for log in serving.data_dir.glob("log/*.log"):
        assert not any(secret in log.read_text(errors="replace") for secret in secrets), log


def test_nothing_listens_beyond_loopback(serving: Serving) -> None:
    for name, part in serving.parts().items():
        for process in [part, *part.children(recursive=True)]:
            for connection in process.net_connections("inet"):
                if connection.status == psutil.CONN_LISTEN:
                    assert connection.laddr.ip in ("127.0.0.1", "::1", "::ffff:127.0.0.1"), (name, connection.laddr)


def test_a_second_serve_is_refused_with_the_address_of_the_first(serving: Serving) -> None:
    second = serving.run("serve", check=False)
    assert second.returncode == 1
    assert serving.url in second.stderr
    assert "already-serving" in second.stderr
    assert httpx.get(f"{serving.url}/livez").status_code == 200


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(serving: Serving, tmp_path: Path) -> None:
    port = serving.url.rsplit(":", 1)[1]
    refused = serving.run("serve", "--port", port, "--data-dir", str(tmp_path / "other"), check=False)
    assert refused.returncode == 1
    assert "port-taken" in refused.stderr


def test_a_batch_in_the_background_is_done_by_the_worker(serving: Serving) -> None:
    headers = serving.token("background", "agent", "--source", "scan")
    servers = [{"ref": f"b{n}", "type": "server", "fields": {"name": f"b{n}", "serial_number": f"SN-b{n}"}} for n in range(50)]
    body = {"source": "scan", "observations": servers}
    answer = httpx.post(f"{serving.url}/observations", json=body, headers={**headers, "Prefer": "respond-async"})
    assert answer.status_code == 202, answer.text
    place, give_up = serving.url + answer.headers["location"], time.monotonic() + 90
    while (job := httpx.get(place, headers=headers).json())["state"] not in ("done", "failed"):
        assert time.monotonic() < give_up, serving.logs()
        time.sleep(0.2)
    assert (job["state"], job["result"]["counts"]["created"]) == ("done", 50)
    assert serving.run("job", job["id"]).returncode == 0


def test_commits_are_streamed_and_can_be_resumed(serving: Serving) -> None:
    sender, reader = serving.token("sender", "agent", "--source", "stream"), serving.token("reader", "viewer")
    before = httpx.get(f"{serving.url}/commits?limit=1", headers=reader).json()["head"]

    def send(ref: str) -> int:
        batch = {"source": "stream", "observations": [{"ref": ref, "type": "server", "fields": {"name": ref, "serial_number": f"S-{ref}"}}]}
        return int(httpx.post(f"{serving.url}/observations", json=batch, headers=sender, timeout=30).json()["seq"])

    def follow(count: int, **headers: str) -> list[int]:
        found: list[int] = []
        with httpx.stream("GET", f"{serving.url}/commits/stream?after={before}", headers={**reader, **headers}, timeout=30) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    found.append(json.loads(line[5:])["seq"])
                if len(found) == count:
                    break
        return found

    first, second = send("s1"), send("s2")
    assert follow(2) == [first, second] == [before + 1, before + 2]
    assert follow(1, **{"Last-Event-ID": str(first)}) == [second]


def test_questions_from_the_command_line(serving: Serving, tmp_path: Path) -> None:
    lines = [
        {"source": "cli", "count": 2},
        {"ref": "app", "type": "application", "fields": {"name": "cli-app"}, "relations": [{"type": "depends_on", "to": "db"}]},
        {"ref": "db", "type": "database", "fields": {"name": "cli-db"}},
    ]
    file = tmp_path / "batch.ndjson"
    file.write_text("\n".join(json.dumps(line) for line in lines))
    told = json.loads(serving.run("import", "observations", str(file), "--json").stdout)
    assert told[0]["counts"]["created"] == 2
    listed = json.loads(serving.run("items", "list", "--where", "name^cli-", "--json").stdout)
    assert {one["name"] for one in listed["items"]} == {"cli-app", "cli-db"}
    hit = json.loads(serving.run("impact", "cli-db", "--json").stdout)
    assert [one["name"] for one in hit["items"]] == ["cli-app"]  # web needs db: the loss of db hits web, never the reverse
    assert json.loads(serving.run("impact", "cli-app", "--json").stdout)["items"] == []
    past = json.loads(serving.run("history", "cli-db", "--json").stdout)
    assert [one["changed"] for one in past] == [["created"]]
    assert past[0]["source"] == "cli"
    shown = serving.run("items", "show", "cli-app").stdout
    assert "depends_on" in shown
    assert json.loads(serving.run("verify", "--json").stdout)["holds"] is True
    exported = [json.loads(line) for line in serving.run("export", "--type", "database").stdout.splitlines()]
    assert "cli-db" in {one["name"] for one in exported}


def test_types_from_the_command_line(serving: Serving, tmp_path: Path) -> None:
    file = tmp_path / "types.yaml"
    file.write_text("kind: item_type\nname: espresso_machine\ndescription: Makes coffee.\nparent: server\n")
    dry = serving.run("types", "apply", str(file), "--dry-run")
    assert "dry run" in dry.stdout
    assert serving.run("types", "show", "espresso_machine", check=False).returncode == 1
    serving.run("types", "apply", str(file))
    assert "cpu_count" in serving.run("types", "show", "espresso_machine").stdout
    assert "espresso_machine" in serving.run("types", "export", "espresso_machine").stdout
    reader, give_up = serving.token("types-reader", "viewer"), time.monotonic() + 30
    question = {"query": '{ __type(name: "EspressoMachine") { name } }'}
    while httpx.post(f"{serving.url}/graphql", json=question, headers=reader, timeout=30).json()["data"]["__type"] is None:
        assert time.monotonic() < give_up, "the running API did not take the new type in"
        time.sleep(0.2)


def test_refusals_are_one_line_and_an_exit_code(serving: Serving) -> None:
    for arguments, said in (
        (("items", "show", "no-such-item"), "item-not-found"),
        (("job", "nothing"), "job-not-found"),
        (("token", "create", "x", "--role", "king"), "invalid-input"),
        (("holds", "release", "nothing", "--reason", "because"), "hold-not-found"),
        (("impact", "no-such-item"), "impact-root-unknown"),
    ):
        found = serving.run(*arguments, check=False)
        assert found.returncode == 1, (arguments, found)
        assert said in found.stderr, (arguments, found.stderr)
        assert "Traceback" not in found.stderr


def test_parts_that_are_killed_come_back(serving: Serving) -> None:
    for name in ("api", "worker", "broker", "graph"):
        before = serving.parts()[name].pid
        serving.parts()[name].kill()
        give_up = time.monotonic() + 90
        while (now := serving.parts().get(name)) is None or now.pid == before:
            assert time.monotonic() < give_up, f"{name} did not come back: {serving.output()}"
            time.sleep(0.1)
        serving.wait_ready()
    assert json.loads(serving.run("verify", "--json").stdout)["holds"] is True


def test_what_was_there_is_there_again_after_stopping_and_after_sigkill(tmp_path: Path) -> None:
    serving = Serving(tmp_path / "data")
    try:
        serving.start()
        serving.run("user", "add", "eve", "--role", "viewer")
        assert serving.stop() == 0
        assert processes_on(serving.data_dir) == []
        assert "eve" in serving.run("user", "list").stdout  # with nothing running, the command starts the engine itself
        assert processes_on(serving.data_dir) == []
        serving.start()
        serving.kill()
        give_up = time.monotonic() + 40
        while left := processes_on(serving.data_dir):
            assert time.monotonic() < give_up, f"orphans: {left}"
            time.sleep(0.2)
        serving.start()
        assert "eve" in serving.run("user", "list").stdout
    finally:
        serving.stop()
    assert processes_on(serving.data_dir) == []


def test_where_there_is_nothing_that_is_said(tmp_path: Path) -> None:
    nothing = Serving(tmp_path / "nothing")
    for arguments in (("items", "list"), ("worker",), ("api",), ("scheduler",)):
        found = nothing.run(*arguments, check=False)
        assert found.returncode == 4, found
        assert "nothing-running" in found.stderr
        assert "cmdb serve" in found.stderr
    assert not nothing.data_dir.exists()


def test_what_did_not_land_is_told_on_the_command_line(serving: Serving, tmp_path: Path) -> None:
    file = tmp_path / "batch.json"
    related = {"ref": "half", "type": "server", "fields": {"name": "cli-half"}, "relations": [{"type": "loves", "to": "half"}]}
    file.write_text(json.dumps({"source": "cli", "observations": [related]}))
    told = serving.run("import", "observations", str(file))
    assert "1 created" in told.stdout
    assert "half: loves:" in told.stderr
    assert json.loads(serving.run("import", "observations", str(file), "--json").stdout)[0]["remarks"][0]["ref"] == "half"
    absent = serving.run("import", "observations", str(tmp_path / "none.json"), check=False)
    assert absent.returncode == 1
    assert "cannot be read" in absent.stderr
    assert "Traceback" not in absent.stderr


@pytest.mark.parametrize("wrong", [("--where", "sweetness=3"), ("--order", "sweetness"), ("--type", "rack", "--where", "cpu_count>1")])
def test_a_field_that_no_type_has_is_refused(serving: Serving, wrong: tuple[str, ...]) -> None:
    told = serving.run("items", "list", *wrong, check=False)
    assert told.returncode == 1
    assert "is no field of" in told.stderr
    assert serving.run("items", "list", "--where", "cpu_count>1", "--order", "-cpu_count", "--json").returncode == 0


def test_the_agent_pushes_what_this_machine_runs_and_its_source_can_be_revoked(serving: Serving, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(serving.token("this-host", "agent", "--source", "host")["Authorization"].removeprefix("Bearer "))
    look = ("agent", "--server", serving.url, "--spool", str(tmp_path / "spool"), "--token-file", str(token), "--interval", "0")
    assert "created" in serving.run(*look).stdout
    servers = json.loads(serving.run("items", "list", "--json").stdout)["items"]
    assert any("host" in one["origins"].values() for one in servers)
    told = serving.run("source", "revoke", "host", "--reason", "the test is over", "--json")
    assert json.loads(told.stdout)["counts"]["retired"] > 0
    assert not any("host" in one["origins"].values() for one in json.loads(serving.run("items", "list", "--json").stdout)["items"])
    wrong = serving.run(
        "agent", "--server", "http://cmdb.example.org", "--spool", str(tmp_path / "spool"), "--token-file", str(token), check=False
    )
    assert "agent-misconfigured" in wrong.stderr
