"""The embedded broker: only with its password, the same address after a crash, data kept."""

from pathlib import Path

import psutil
import pytest
import redis

from cmdb_app.supervise.broker import ValkeyChild

pytestmark = pytest.mark.broker


def test_it_answers_with_its_password_only_and_survives_a_kill(tmp_path: Path) -> None:
    child = ValkeyChild(tmp_path / "broker", tmp_path / "broker.log")
    try:
        url = child.start()
        with redis.Redis.from_url(url) as client:
            client.rpush("queue", "task")
        stranger = redis.Redis.from_url(url.replace(url.split(":")[2].split("@")[0], "wrong"))
        with pytest.raises(redis.AuthenticationError):
            stranger.ping()
        psutil.Process(child.pid).kill()
        psutil.Process(child.pid).wait(5)
        assert not child.alive()
        assert child.start() == url
        with redis.Redis.from_url(url) as client:
            assert client.lrange("queue", 0, -1) == [b"task"]
    finally:
        child.stop()
    assert not (tmp_path / "broker" / "broker.json").exists()


def test_an_orphan_of_a_killed_parent_is_ended_first(tmp_path: Path) -> None:
    first = ValkeyChild(tmp_path / "broker", tmp_path / "broker.log")
    second = ValkeyChild(tmp_path / "broker", tmp_path / "broker.log")
    try:
        first.start()
        orphan = psutil.Process(first.pid)
        second.start()
        assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
        assert second.alive()
    finally:
        first.stop()
        second.stop()
