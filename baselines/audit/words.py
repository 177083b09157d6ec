"""Words by what stands beside them."""


def many(count: int, one: str, more: str = "") -> str:
    """`1 commit`, `1,200 commits`; `more` where it is not `one` with an s."""
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"


def an(word: str) -> str:
    """The word behind its article: `an application`, `a server`; it goes by the letter, and of no type of item the sound is another."""
    return f"{'an' if word[:1].lower() in 'aeio' else 'a'} {word}"
