"""Neo4j Community from its own jars (Maven Central), as a child process: a real Neo4j for tests on machines without Docker.

Needs Maven once (116 MB into the cache folder `CMDB_CACHE`, by default `~/.cache/cmdb`) and a JDK 17 or later to run. Used by the test
fixtures (`tests/support/engines.py`), by `tools/provide.py` and by benchmarks.
"""

import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, ClientError, DriverError, Neo4jError

from cmdb.kernel.canonical import digest
from cmdb.store.address import BoltAddress
from cmdb.store.engines.guard import Guard

_SOURCES = Path(__file__).parent / "neo4j"
_OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")  # packages of java.base that Neo4j reaches into


class Neo4jNotPossible(Exception):
    """This machine cannot run Neo4j from its jars; the text says what is missing."""


def cache_folder() -> Path:
    """Where the jars are kept between runs."""
    return Path(os.environ.get("CMDB_CACHE") or Path.home() / ".cache" / "cmdb") / "neo4j"


def find_jdk() -> Path:
    """The `java` of a JDK 17 or later (a JRE cannot compile). Raises `Neo4jNotPossible`."""
    homes = [Path(home) / "bin" for home in [os.environ.get("JAVA_HOME", "")] if home]
    found = [folder / "java" for folder in homes if (folder / "javac").exists()]
    if javac := shutil.which("javac"):
        found.append(Path(javac).resolve().parent / "java")
    for java in found:
        said = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=False).stderr
        version = re.search(r'version "(\d+)', said)
        if version and int(version[1]) >= 17:
            return java
    raise Neo4jNotPossible("no JDK 17 or later (on Debian: apt-get install default-jdk-headless)")


def provide_jars(folder: Path | None = None) -> Path:
    """The folder with the jars, downloaded by Maven the first time (about 10 s). Raises `Neo4jNotPossible`."""
    folder = folder or cache_folder()
    pom = (_SOURCES / "pom.xml").read_text(encoding="utf-8")
    jars, made_from = folder / "lib", folder / "made-from.xml"
    if made_from.exists() and made_from.read_text(encoding="utf-8") == pom:
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise Neo4jNotPossible("no Maven to fetch Neo4j's jars with (on Debian: apt-get install maven)")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(jars, ignore_errors=True)
    (folder / "pom.xml").write_text(pom, encoding="utf-8")
    done = subprocess.run(
        [maven, "-B", "-q", "dependency:copy-dependencies", f"-DoutputDirectory={jars}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    if done.returncode or not list(jars.glob("neo4j-5*.jar")):
        raise Neo4jNotPossible(f"Maven could not fetch Neo4j's jars: {(done.stdout + done.stderr)[-600:]}")
    made_from.write_text(pom, encoding="utf-8")
    return jars


def compile_server(jars: Path, java: Path) -> Path:
    """The folder with `Serve.class`, compiled once: letting `java` compile it at each start costs seconds."""
    source = _SOURCES / "Serve.java"
    classes = jars.parent / f"classes-{digest(source.read_bytes())[:12]}"
    if not (classes / "Serve.class").exists():
        with tempfile.TemporaryDirectory(dir=jars.parent) as folder:  # another process may be compiling it as well
            arguments = [str(java.parent / "javac"), "-cp", f"{jars}/*", "-d", folder, str(source)]
            done = subprocess.run(arguments, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Neo4jNotPossible(f"javac refused Serve.java: {done.stderr[-600:]}")
            classes.mkdir(exist_ok=True)
            (Path(folder) / "Serve.class").replace(classes / "Serve.class")
    return classes


class Neo4jChild:
    """One Neo4j process on one data folder, with sign-in on and a random password. `start()` after `kill()` keeps data and password."""

    def __init__(self, data_dir: Path, heap: str = "512m", start_timeout: float = 120.0, short_lived: bool = False) -> None:
        """`short_lived` compiles less: quicker to start, slower at its peak. For tests, not for measurements."""
        self._dir = data_dir
        self._options = [f"-Xmx{heap}", *(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] if short_lived else [])]
        self._start_timeout = start_timeout
        self._password = secrets.token_urlsafe(24)
        self._password_set = False
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None

    @property
    def pid(self) -> int | None:
        """The process id, None while it does not run."""
        return self._process.pid if self._process else None

    def start(self) -> BoltAddress:
        """Start it and wait until it takes our sign-in. Raises `Neo4jNotPossible`."""
        java, jars = find_jdk(), provide_jars()
        classpath = f"{jars}/*:{compile_server(jars, java)}"
        self._dir.mkdir(parents=True, exist_ok=True)
        port = _free_port()
        opens = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED]
        arguments = [str(java), *self._options, *opens, "-cp", classpath, "Serve", str(self._dir), str(port)]
        with open(self._dir / "serve.log", "ab") as log:
            self._process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, cwd=self._dir
            )
        self._guard = Guard(self._process.pid)
        address = BoltAddress(f"bolt://127.0.0.1:{port}", "neo4j", self._password, "neo4j")
        try:
            self._wait_until_ready(address)
        except BaseException:
            self.stop()
            raise
        return address

    def kill(self) -> None:
        """End it with SIGKILL, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._release()

    def stop(self, patience: float = 30.0) -> None:
        """Stop it in good order, or with SIGKILL when that takes too long."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
        self.kill()

    def _release(self) -> None:
        self._process = None
        if self._guard is not None:
            self._guard.release()
            self._guard = None

    def _wait_until_ready(self, address: BoltAddress) -> None:
        give_up = time.monotonic() + self._start_timeout
        problem: Exception | None = None
        while time.monotonic() < give_up:
            if self._process is None or self._process.poll() is not None:
                log = (self._dir / "serve.log").read_text(encoding="utf-8", errors="replace")
                raise Neo4jNotPossible(f"Neo4j ended while starting: {log[-800:]}")
            try:
                self._sign_in(address)
                return
            except (DriverError, Neo4jError, OSError) as error:
                problem = error
                time.sleep(0.2)
        raise Neo4jNotPossible(f"Neo4j did not answer within {self._start_timeout:.0f} s: {problem}")

    def _sign_in(self, address: BoltAddress) -> None:
        if not self._password_set:
            with (
                GraphDatabase.driver(address.uri, auth=("neo4j", "neo4j"), connection_timeout=2) as driver,
                driver.session(database="system") as session,
                suppress(AuthError, ClientError),  # ClientError: already changed by an attempt whose answer was lost
            ):
                session.run("ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", new=address.password).consume()
        with GraphDatabase.driver(address.uri, auth=(address.user, address.password), connection_timeout=2) as driver:
            driver.execute_query("RETURN 1", database_="neo4j")
        self._password_set = True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
