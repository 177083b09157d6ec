"""Puts the demo estate in, by the one road, as several sources would."""

from cmdb.model.actor import Actor
from discovery.demo.estate import demo_batches
from discovery.run import Progress, RunReport, Submits


def load_demo(door: Submits, actor: Actor, progress: Progress | None = None) -> RunReport:
    """Load the estate as `actor` (a person who may write for every source). Loading it again changes nothing.

    `progress(done, total, phase)` counts batches, with the source's name as phase.
    """
    batches = list(demo_batches())
    results = []
    for done, batch in enumerate(batches):
        if progress is not None:
            progress(done, len(batches), batch.source)
        results.append(door.submit(batch, actor))
    if progress is not None:
        progress(len(batches), len(batches), "done")
    return RunReport("demo", tuple(results))
