"""Reads manifests from files and folders. All understanding is in `parse.py`."""

from collections.abc import Iterator
from pathlib import Path

from cmdb.model.observation import Batch
from discovery.source import Listener, SourceMisconfigured, SourceProblem, SourceUnreadable
from discovery.sources.kubernetes.model import NAME, SHARED_SCOPE, SOURCE_NAME, KubernetesConfig
from discovery.sources.kubernetes.observe import is_shared
from discovery.sources.kubernetes.parse import parse

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_NOT_MANIFESTS = frozenset({"kustomization.yaml", "kustomization.yml", "Chart.yaml", "values.yaml"})


class KubernetesSource:
    """The source `kubernetes`: a batch for what the paths name outside the cluster, then one for the cluster."""

    name = SOURCE_NAME

    def collect(self, config: KubernetesConfig, listener: Listener) -> Iterator[Batch]:
        """First images and addresses outside, which clusters share: that no manifest names one any more does not say that it is gone, so
        this batch is never complete. Then the cluster's own objects; complete only if asked and if nothing was lost on the way.

        Raises `SourceMisconfigured` for names Kubernetes does not allow, `SourceUnreadable` where a path does not exist or holds no
        manifest file.
        """
        for value in (config.cluster, config.namespace):
            if not NAME.match(value):
                raise SourceMisconfigured(f"{value[:60]!r} names no cluster or namespace: use lower-case letters, digits, '-' and '.'")
        paths = _files(config.paths)
        contents: list[tuple[str, bytes]] = []
        lost = False
        for done, (name, path) in enumerate(paths):
            listener.step(done, len(paths), name)
            try:
                if path.stat().st_size > config.max_file_bytes:
                    raise OSError(f"the file is larger than {config.max_file_bytes} bytes")
                contents.append((name, path.read_bytes()))
            except OSError as fault:
                lost = True
                listener.problem(SourceProblem("unreadable-file", name, fault.strerror or str(fault)))
        parsed = parse(contents, config)
        for problem in parsed.problems:
            listener.problem(problem)
        listener.step(len(paths), len(paths), "done")
        shared = tuple(one for one in parsed.observations if is_shared(one))
        if shared:
            yield Batch(SOURCE_NAME, shared, scope=SHARED_SCOPE, reason="named in manifests")
        own = tuple(one for one in parsed.observations if not is_shared(one))
        complete = config.complete and parsed.whole and not lost
        yield Batch(SOURCE_NAME, own, scope=config.scope, complete=complete, reason="read from manifests")


def _files(paths: tuple[Path, ...]) -> list[tuple[str, Path]]:
    """(name to show, path) of each file to read, sorted within a folder; hidden folders are left out."""
    found: list[tuple[str, Path]] = []
    for path in paths:
        if path.is_dir():
            below = (one for one in path.rglob("*") if one.suffix.lower() in _SUFFIXES and one.name not in _NOT_MANIFESTS and one.is_file())
            found += [(str(one.relative_to(path)), one) for one in sorted(below) if not _hidden(one.relative_to(path))]
        elif path.exists():
            found.append((path.name, path))
        else:
            raise SourceUnreadable(f"there is no file or folder {str(path)!r}")
    if not found:
        raise SourceUnreadable("no .yaml, .yml or .json file was found in the paths given")
    return found


def _hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)
