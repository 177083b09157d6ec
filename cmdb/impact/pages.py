"""Pages over sorted keys: what `AffectedQuery`, `DependencyQuery` and `TurnedQuery` ask for with `first`."""

import numpy as np
from numpy.typing import NDArray

from cmdb.impact.questions import MAX_PAGE, TooMuchAsked


def check_first(first: int) -> None:
    """A page may be empty: then only its list is counted. Raises `TooMuchAsked`."""
    if not 0 <= first <= MAX_PAGE:
        raise TooMuchAsked(f"a page has 0 to {MAX_PAGE:,} items, not {first:,}", limit=MAX_PAGE)


def smallest(keys: NDArray[np.int64], first: int) -> tuple[NDArray[np.int64], bool]:
    """The `first` smallest keys in order, and whether there are more; of an empty page there is no going on. Linear in `keys`."""
    if not first:
        return keys[:0], False
    more = len(keys) > first
    return np.sort(np.partition(keys, first - 1)[:first] if more else keys), more
