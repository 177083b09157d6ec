"""The agent's settings."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from discovery.agent.errors import AgentMisconfigured


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """Where to push and how patiently. Times in seconds.

    `server` is the server's base URL; `token` the agent's; `spool` a folder of the agent's own (made with owner-only permissions).
    `interval` is the time between two collections; 0 collects once. `attempts` are made for each batch before it is left in the spool for
    the next round.
    """

    server: str
    token: str
    spool: Path
    interval: float = 900.0
    attempts: int = 5
    first_wait: float = 1.0
    longest_wait: float = 60.0
    timeout: float = 60.0
    spool_bytes: int = 256 * 1024 * 1024

    def checked(self) -> "AgentConfig":
        """Itself. Raises `AgentMisconfigured`: a token sent in clear over a network is lost, so plain HTTP is for this machine only."""
        parts = urlsplit(self.server)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AgentMisconfigured("the server's address is a URL such as https://cmdb.example.org")
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise AgentMisconfigured("use https: the token would cross the network in clear")
        if not self.token or any(ord(letter) < 33 or ord(letter) > 126 for letter in self.token):
            raise AgentMisconfigured("the agent needs a token (cmdb token create) of printable characters")
        if self.interval < 0 or self.attempts < 1 or self.timeout <= 0:
            raise AgentMisconfigured("interval, attempts and timeout are positive numbers")
        return self
