"""Manifests to observations (requirements 9.1-02, 9.1-07). Pure: bytes in, observations and problems out.

How failure flows (the arrows of design 7 point from who needs to what is needed):

    ingress -backed_by-> service -backed_by-> workload -depends_on-> (service | endpoint)
    every object -in_namespace-> namespace -runs_on-> cluster

A Service is not a thing that can fail alone: it is down exactly when nothing answers behind it. So a dependency on an address is one on the
Service, and the Service needs the workload its selector chooses. Replicas are inside the workload: it fails when all of them do. Where a
selector chooses several workloads (blue and green, a canary), a redundancy group stands between, which needs one of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cmdb.model.observation import Observation
from discovery.source import SourceProblem
from discovery.sources.kubernetes.documents import read_documents
from discovery.sources.kubernetes.manifests import read_manifests
from discovery.sources.kubernetes.model import TYPES, KubernetesConfig, Manifest
from discovery.sources.kubernetes.observe import Observer


@dataclass(frozen=True, slots=True)
class Parsed:
    """What manifests say, and what in them could not be used. `whole` tells whether nothing may have been missed."""

    observations: tuple[Observation, ...]
    problems: tuple[SourceProblem, ...]

    @property
    def whole(self) -> bool:
        return not any(problem.lost for problem in self.problems)


def parse(files: Iterable[tuple[str, bytes]], config: KubernetesConfig) -> Parsed:
    """The items and relationships in `files` ((name, content) pairs), with what could not be read. Never raises for their content.

    Order and content of the result depend on the input alone: the same files give the same observations.
    """
    problems: list[SourceProblem] = []
    documents = []
    for name, content in files:
        for found in read_documents(name, content):
            if isinstance(found, SourceProblem):
                problems.append(found)
            else:
                documents.append(found)
    manifests: dict[tuple[str, str, str], Manifest] = {}
    for manifest in read_manifests(documents, config.namespace):
        if isinstance(manifest, SourceProblem):
            problems.append(manifest)
        else:
            problems += _take(manifest, manifests)
    return Parsed(tuple(Observer(config.cluster, manifests.values()).observe()), tuple(problems))


def _take(manifest: Manifest, manifests: dict[tuple[str, str, str], Manifest]) -> Iterable[SourceProblem]:
    """Keep a manifest. What is declared twice counts as the later one says, as if the files had been applied in order."""
    key = (TYPES[manifest.kind], manifest.namespace, manifest.name)
    earlier = manifests.pop(key, None)
    manifests[key] = manifest
    if earlier is not None:
        detail = f"{earlier.kind} {earlier.name} of {earlier.where} is the same item as this {manifest.kind}; the later one counts"
        yield SourceProblem("declared-twice", manifest.where, detail, lost=earlier.kind != manifest.kind)
