"""What Kubernetes manifests say, read with nothing but a YAML parser and dictionaries: the truth that comparisons are held against.

Two truths. `documents_differing` knows nothing but that documents differ, in any way at all. `difference` knows besides which fields and
relationships follow from what they say. Both are of two files and no third, with two exceptions that are told by name: `lost` documents
of a file that is not YAML throughout, and images, which are no objects of a manifest.

Knows no more than Online Boutique needs, and shares no line with `discovery.sources.kubernetes`.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

DECLARED = {
    "Deployment": "kubernetes_deployment",
    "Service": "kubernetes_service",
    "ServiceAccount": "kubernetes_service_account",
}
"""The kinds of objects in the releases, and what they are called here."""
Fact = tuple[str, ...]  # ("kubernetes_service", "cartservice") or ("depends_on", "kubernetes_deployment frontend", "kubernetes_service ad")


@dataclass
class Truth:
    """One release: its documents as they are; facts about objects and addresses, and what is related; the images it names. `whole` is
    False where a document could not be read; `unread` are kinds that are no objects of a cluster."""

    documents: dict[Fact, dict[str, Any]] = field(default_factory=dict)
    objects: dict[Fact, dict[str, Any]] = field(default_factory=dict)
    related: dict[Fact, frozenset[Fact]] = field(default_factory=dict)  # object -> its relationships
    images: set[Fact] = field(default_factory=set)
    unread: list[str] = field(default_factory=list)
    whole: bool = True


def read(path: Path) -> Truth:
    """The truth of one release."""
    truth = Truth()
    documents = []
    for piece in re.split(r"(?m)^---[ \t]*$", path.read_text()):
        try:
            documents += [one for one in yaml.load_all(piece, Loader=yaml.CSafeLoader) if isinstance(one, dict) and one.get("kind")]
        except yaml.YAMLError:
            truth.whole = False
    truth.documents = {(DECLARED[one["kind"]], one["metadata"]["name"]): one for one in documents if one["kind"] in DECLARED}
    truth.unread = [one["kind"] for one in documents if one["kind"] not in DECLARED]
    deployments = [one for one in documents if one["kind"] == "Deployment"]
    services = {one["metadata"]["name"]: one for one in documents if one["kind"] == "Service"}
    accounts = {one["metadata"]["name"]: one for one in documents if one["kind"] == "ServiceAccount"}
    for one in deployments:
        _deployment(truth, one, set(services), set(accounts))
    for name, one in accounts.items():
        me = ("kubernetes_service_account", name)
        truth.objects[me] = _common(one)
        truth.related[me] = frozenset({("in_namespace", " ".join(me), "kubernetes_namespace default")})
    for name, one in services.items():
        _service(truth, name, one, deployments)
    if documents:
        truth.objects["kubernetes_cluster", "shop"] = {"name": "shop"}
        truth.objects["kubernetes_namespace", "default"] = {"name": "default", "cluster": "shop"}
        truth.related["kubernetes_namespace", "default"] = frozenset(
            {("runs_on", "kubernetes_namespace default", "kubernetes_cluster shop")}
        )
    return truth


def with_lost(before: Truth, now: Truth) -> Truth:
    """A release, a broken one with what it should have said besides: what could not be read has not gone, it was merely not heard of."""
    if now.whole:
        return now
    documents = {**before.documents, **now.documents}
    return Truth(documents, {**before.objects, **now.objects}, {**before.related, **now.related}, now.images, now.unread, whole=False)


def documents_differing(a: Truth, b: Truth) -> dict[Fact, str]:
    """Objects whose documents are not equal, by a plain comparison of dictionaries: `came`, `went` or `changed`."""
    found = dict.fromkeys(b.documents.keys() - a.documents.keys(), "came")
    found |= dict.fromkeys(a.documents.keys() - b.documents.keys(), "went")
    return found | {fact: "changed" for fact in a.documents.keys() & b.documents.keys() if a.documents[fact] != b.documents[fact]}


def difference(a: Truth, b: Truth) -> dict[Fact, Any]:
    """Fact -> `came`, `went`, or the fields that differ with both values; nothing of images themselves."""
    old, new = a.objects, b.objects
    found: dict[Fact, Any] = {}
    for fact in old.keys() | new.keys():
        if fact not in old or fact not in new:
            found[fact] = "came" if fact in new else "went"
            continue
        fields = {n: (old[fact].get(n), new[fact].get(n)) for n in old[fact].keys() | new[fact].keys()}
        if differing := {name: pair for name, pair in fields.items() if pair[0] != pair[1]}:
            found[fact] = differing
    before, now = ({one for some in truth.related.values() for one in some} for truth in (a, b))
    return found | dict.fromkeys(now - before, "came") | dict.fromkeys(before - now, "went")


def _deployment(truth: Truth, one: dict[str, Any], services: set[str], accounts: set[str]) -> None:
    name, spec = one["metadata"]["name"], one["spec"]
    pod = spec["template"]["spec"]
    containers = pod["containers"] + pod.get("initContainers", [])
    images = [container["image"].strip() for container in containers]
    fields = _common(one) | {"replicas": spec.get("replicas", 1), "images": frozenset(images), "version": _image(images[0])["tag"]}
    fields["selector"] = _pairs(spec.get("selector", {}).get("matchLabels") or spec["template"]["metadata"]["labels"])
    if ports := frozenset(port["containerPort"] for container in containers for port in container.get("ports", [])):
        fields["container_ports"] = ports
    if account := pod.get("serviceAccountName"):
        fields["service_account"] = account
    me = ("kubernetes_deployment", name)
    here = " ".join(me)
    related = {("in_namespace", here, "kubernetes_namespace default")}
    if account in accounts:
        related.add(("uses", here, f"kubernetes_service_account {account}"))
    for container in containers:
        for variable in container.get("env", []):
            address = re.fullmatch(r"([a-z][a-z-]*):(\d+)", str(variable.get("value", "")))
            if address is None:
                continue
            if address[1] in services:
                related.add(("depends_on", here, f"kubernetes_service {address[1]}"))
            else:
                related.add(("depends_on", here, f"endpoint {address[0]}"))
                where = {"name": address[0], "address": address[0], "cluster": "shop", "namespace": "default"}
                truth.objects["endpoint", address[0]] = where
    digests = {(_image(text)["repository"], _image(text)["tag"]): _image(text)["digest"] for text in images if "@" in text}
    for text in images:
        image = _image(text)
        image["digest"] = image["digest"] or digests.get((image["repository"], image["tag"]), "")
        key = f"{image['repository']}@{image['digest']}" if image["digest"] else f"{image['repository']}:{image['tag']}"
        related.add(("uses_image", here, f"container_image {key}"))
        truth.images.add(("container_image", key))
    truth.objects[me], truth.related[me] = fields, frozenset(related)


def _service(truth: Truth, name: str, one: dict[str, Any], deployments: list[dict[str, Any]]) -> None:
    spec = one["spec"]
    fields = _common(one) | {"service_type": spec.get("type", "ClusterIP"), "selector": _pairs(spec["selector"])}
    fields["ports"] = frozenset(f"{port['port']}/{port.get('protocol', 'TCP')}" for port in spec["ports"])
    me = ("kubernetes_service", name)
    related = {("in_namespace", " ".join(me), "kubernetes_namespace default")}
    for deployment in deployments:
        if spec["selector"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items():
            related.add(("backed_by", " ".join(me), f"kubernetes_deployment {deployment['metadata']['name']}"))
    truth.objects[me], truth.related[me] = fields, frozenset(related)


def _common(one: dict[str, Any]) -> dict[str, Any]:
    meta = one["metadata"]
    fields: dict[str, Any] = {"name": meta["name"], "cluster": "shop", "namespace": "default", "api_version": one["apiVersion"]}
    fields["manifest_digest"] = one
    if meta.get("labels"):
        fields["object_labels"] = _pairs(meta["labels"])
    return fields


def _pairs(labels: dict[str, str]) -> frozenset[str]:
    return frozenset(f"{key}={value}" for key, value in labels.items())


def _image(text: str) -> dict[str, str]:
    rest, _, digest = text.partition("@")
    slash = rest.rfind("/")
    colon = rest.find(":", max(slash, 0))
    repository, tag = (rest[:colon], rest[colon + 1 :]) if colon > 0 else (rest, "" if digest else "latest")
    return {"repository": repository, "tag": tag, "digest": digest}
