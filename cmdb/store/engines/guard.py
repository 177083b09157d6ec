"""A child that must not outlive us, even when we are killed with SIGKILL.

The kernel's parent-death signal is tied to the thread that forked, not to the process, and does not exist outside Linux. So a guard stands
beside the child: a shell that waits on a pipe whose only other end is ours. When we die, however we die, the kernel closes our end and
the guard ends the child.
"""

import subprocess
from contextlib import suppress

# A line says "released": the child was stopped in good order. End of file without one says that the parent is gone.
_SCRIPT = """
read -r line && exit 0
kill -TERM "$1"
n=0
while kill -0 "$1" && [ $n -lt 50 ]; do sleep 0.1; n=$((n + 1)); done
kill -KILL "$1"
"""


class Guard:
    """Kills process `pid` (SIGTERM, five seconds later SIGKILL) once this process is gone. `release()` calls it off."""

    def __init__(self, pid: int) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "cmdb-guard", str(pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal must not take the guard away
        )

    def release(self) -> None:
        """Call the guard off: the child has been stopped."""
        pipe = self._process.stdin
        if pipe is None or pipe.closed:
            return
        with suppress(OSError):  # the guard is gone already
            pipe.write(b"released\n")
            pipe.flush()
        with suppress(OSError):
            pipe.close()
        self._process.wait()
