"""The words behind the codes of a graph: one code for each, whoever gives it out."""

import sys
import threading
from collections.abc import Iterator

import pytest

from cmdb.impact.graph import WordBook
from cmdb.impact.view import Words


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty")
def test_a_word_has_one_code_also_where_several_threads_meet_it_first() -> None:
    for _ in range(10):
        book, together = WordBook(Words([], [], [], [], [])), threading.Barrier(4)
        names = [f"type {number}" for number in range(2_000)]

        def meet(book: WordBook = book, together: threading.Barrier = together, names: list[str] = names) -> None:
            together.wait()
            for name in names:
                book.code("types", name)

        threads = [threading.Thread(target=meet) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert book.words.types == names
        assert [book.code("types", name) for name in names] == list(range(2_000))
    assert book.code("owners", None) == book.code("owners", "") == -1
