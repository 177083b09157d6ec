"""The writer's place: one at a time, across threads and processes."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cmdb.store.writer import WriterPlace


@pytest.mark.parametrize("with_file", [False, True])
def test_threads_take_turns(tmp_path: Path, with_file: bool) -> None:
    place = WriterPlace(tmp_path / "lock" if with_file else None)
    inside, most = 0, 0

    def one() -> None:
        nonlocal inside, most
        with place.held():
            inside += 1
            most = max(most, inside)
            time.sleep(0.01)
            inside -= 1

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


@pytest.mark.parametrize("with_file", [False, True])
def test_it_may_be_taken_again_by_its_holder(tmp_path: Path, with_file: bool) -> None:
    place = WriterPlace(tmp_path / "lock" if with_file else None)
    with place.held(), place.held():
        pass
    with place.held():
        pass


def test_it_is_free_after_an_exception(tmp_path: Path) -> None:
    place = WriterPlace(tmp_path / "lock")
    with pytest.raises(KeyError), place.held():
        raise KeyError
    other = WriterPlace(tmp_path / "lock")
    with other.held():
        pass


def test_a_killed_process_gives_it_back(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom cmdb.store.writer import WriterPlace\n"
        "with WriterPlace(Path(sys.argv[1])).held():\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    arguments = [sys.executable, "-c", script, str(tmp_path / "lock")]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    got = threading.Event()

    def wait_for_it() -> None:
        with WriterPlace(tmp_path / "lock").held():
            got.set()

    thread = threading.Thread(target=wait_for_it)
    thread.start()
    assert not got.wait(0.2)
    process.kill()
    process.wait()
    assert got.wait(5)
    thread.join()
