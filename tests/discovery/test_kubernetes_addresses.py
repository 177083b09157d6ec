"""Which host and port an environment value points at."""

import pytest

from discovery.sources.kubernetes.addresses import addresses_of, service_candidates


def found(variable: str, value: str) -> list[tuple[str, int, bool]]:
    return [(one.host, one.port, one.certain) for one in addresses_of(variable, value)]


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("CART_SERVICE_ADDR", "cart:7070", [("cart", 7070, True)]),
        ("cartServiceAddr", "cart:7070", [("cart", 7070, True)]),
        ("DB_HOST", "postgres", [("postgres", 0, False)]),
        ("IMAGE", "redis:6", [("redis", 6, False)]),
        ("GREETING", "hello", []),
        ("ANY", "http://search:80/v1?x=y", [("search", 80, True)]),
        ("ANY", "https://example.com", [("example.com", 0, True)]),
        ("ANY", "jdbc:postgresql://db.shop:5432/app?user=x", [("db.shop", 5432, True)]),
        ("BROKERS", "k-0.k:9092,k-1.k:9092", [("k-0.k", 9092, True), ("k-1.k", 9092, True)]),
        ("MONGO", "mongodb://u:p@a:27017,b:27018/db", [("a", 27017, True), ("b", 27018, True)]),
        ("URL", "http://[2001:db8::1]:8080/", [("2001:db8::1", 8080, True)]),
        ("TWO", "http://a:1 http://b:2", [("a", 1, True), ("b", 2, True)]),
    ],
)
def test_addresses(variable: str, value: str, expected: list[tuple[str, int, bool]]) -> None:
    assert found(variable, value) == expected


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "8080"),
        ("BIND_ADDR", "0.0.0.0:80"),
        ("URLS", "http://0.0.0.0:7070"),
        ("URL", "http://localhost:1/"),
        ("ADDR", "127.0.0.1:5"),
        ("ADDR", "[::]:80"),
        ("ADDR", "host:99999"),
        ("ADDR", "$(HOST):80"),
        ("ADDR", "{{ .host }}:80"),
        ("ADDR", ""),
        ("ADDR", "a b c " * 2000),
        ("METADATA_URL", "http://169.254.169.254/latest"),
    ],
)
def test_what_is_no_address_of_another(variable: str, value: str) -> None:
    assert found(variable, value) == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DB_PASSWORD", "hunter:22"),
        ("API_TOKEN", "abc:1234"),
        ("SERVICE_KEY", "server:1"),
        ("URL", "amqp://user:p/ss@mq:5672/"),
        ("DSN", "user=postgres password=hunter2"),
    ],
)
def test_secrets_are_not_taken_for_hosts(variable: str, value: str) -> None:
    assert found(variable, value) == []


def test_user_and_password_are_left_behind() -> None:
    assert found("AMQP_URL", "amqp://user:hunter2@mq:5672/vhost") == [("mq", 5672, True)]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("db", [("shop", "db")]),
        ("db.data", [("data", "db"), ("shop", "data")]),
        ("db.data.svc", [("data", "db")]),
        ("db.data.svc.cluster.local", [("data", "db")]),
        ("db-0.db.data.svc.cluster.local", [("data", "db")]),
        ("db-0.db", [("db", "db-0"), ("shop", "db")]),
        ("www.example.com", [("com", "example")]),
        ("a.b.c.example.com", []),
    ],
)
def test_the_services_a_name_may_mean(host: str, expected: list[tuple[str, str]]) -> None:
    assert service_candidates(host, "shop") == expected
