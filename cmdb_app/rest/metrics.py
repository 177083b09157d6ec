"""Figures for Prometheus: one registry for each app, none of the process's globals, so that two apps in one test do not collide."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """What the API counts and measures."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=True)
        self._requests = Counter("cmdb_http_requests_total", "Requests answered", ["method", "route", "status"], registry=self._registry)
        self._seconds = Histogram(
            "cmdb_http_request_seconds", "Seconds until the answer was sent", ["route"], buckets=_SECONDS, registry=self._registry
        )
        self._observations = Counter("cmdb_observations_total", "Observations by what became of them", ["status"], registry=self._registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        known = method if method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS") else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def observations(self, counts: dict[str, int]) -> None:
        """Adds what became of a batch's observations, by status."""
        for status, count in counts.items():
            if count:
                self._observations.labels(status).inc(count)

    def follow(self, name: str, about: str, read: Callable[[], float]) -> None:
        """A gauge whose value is asked when the figures are."""
        Gauge(name, about, registry=self._registry).set_function(read)

    def render(self) -> bytes:
        return generate_latest(self._registry)
