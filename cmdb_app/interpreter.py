"""How the interpreter of a server is set, so that small answers stay quick beside great ones (decision 0095; measured by
`make bench-impact`, the row of light beside heavy).

- A thread that builds a great answer hands the interpreter over soon. A small question changes threads several times, and each time it
  waits that long beside a great one; Python's own 5 ms make of 3 ms more than 20.
- What is there for good (types, schema, index, names) is no longer searched for garbage. A great answer makes many objects, these make the
  collector run, and one full run over all that a process holds stops every thread for a tenth of a second.
"""

import gc
import sys

SWITCH_SECONDS = 0.0001
_THRESHOLDS = (20_000, 20, 20)  # new objects before a run over the youngest; runs before one over the next generation


def tune_interpreter() -> None:
    """Settings of the whole process: for a server once it has made what stays, never for a library."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(*_THRESHOLDS)
    gc.collect()
    gc.freeze()
