"""Manifests to observations: kinds, dependencies, configuration, images, and what goes wrong."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from cmdb.model.observation import Batch, Observation
from cmdb.model.pack import load_pack
from discovery.source import Recorder, SourceMisconfigured, SourceUnreadable
from discovery.sources.kubernetes import KubernetesConfig, KubernetesSource, parse
from discovery.sources.kubernetes.parse import Parsed
from tests.support.batches import faults_of

CONFIG = KubernetesConfig((), cluster="c1")


def read(*texts: str) -> Parsed:
    parsed = parse([(f"f{number}.yaml", text.encode()) for number, text in enumerate(texts, start=1)], CONFIG)
    assert faults_of([Batch("kubernetes", parsed.observations)], load_pack()) == []
    return parsed


def by_ref(observations: Iterable[Observation]) -> dict[str, Observation]:
    return {one.ref: one for one in observations}


def ends(observation: Observation, kind: str) -> list[str]:
    return [relation.to or "" for relation in observation.relations if relation.type == kind]


def workload(name: str, kind: str = "Deployment", env: str = "[]", pod: str = "", extra: str = "", image: str = "x:1") -> str:
    return f"""
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}}}
spec:
  {extra}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      {pod}
      containers: [{{name: main, image: "{image}", env: {env}}}]
"""


def service(name: str, selector: str, extra: str = "") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{{selector}}}, ports: [{{port: 80}}], {extra}}}\n"
    )


def together(*documents: str) -> str:
    return "\n---\n".join(documents)


def test_every_kind_of_workload() -> None:
    cron = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: ops}
spec: {schedule: "0 1 * * *", jobTemplate: {spec: {template: {spec: {containers: [{image: "x:2"}]}}}}}
"""
    run = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: nightly-1, ownerReferences: [{kind: CronJob, name: nightly}]}\n"
    job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec: {template: {spec: {containers: [{image: 'x:1'}]}}}\n"
    found = read(
        together(workload("a", extra="replicas: 3"), workload("b", "StatefulSet"), workload("d", "DaemonSet"), cron, run, job)
    ).observations
    assert {one.type: one.fields.get("replicas") for one in found if one.type.startswith("kubernetes_") and "c1/" in one.ref} == {
        "kubernetes_deployment": 3,
        "kubernetes_stateful_set": 1,
        "kubernetes_daemon_set": None,
        "kubernetes_cron_job": None,
        "kubernetes_job": None,
        "kubernetes_namespace": None,
    }
    assert by_ref(found)["kubernetes_cron_job/c1/ops/nightly"].fields["schedule"] == "0 1 * * *"
    assert "kubernetes_job/c1/default/nightly-1" not in by_ref(found)


def test_a_service_is_backed_by_the_workload_its_selector_chooses() -> None:
    other = workload("web").replace("{name: web}", "{name: web, namespace: other}", 1)
    found = by_ref(read(together(workload("web"), other, service("front", "app: web"))).observations)
    front = found["kubernetes_service/c1/default/front"]
    assert ends(front, "backed_by") == ["kubernetes_deployment/c1/default/web"]
    assert front.fields["ports"] == ("80/TCP",)
    assert "backed_by" in front.complete_relations


def test_several_workloads_behind_a_service_are_a_redundancy_group() -> None:
    blue = workload("blue").replace("{app: blue}", "{app: web, slot: blue}")
    green = workload("green").replace("{app: green}", "{app: web, slot: green}")
    found = by_ref(read(together(blue, green, service("web", "app: web"))).observations)
    group = found["redundancy_group/c1/default/web"]
    assert ends(found["kubernetes_service/c1/default/web"], "depends_on") == [group.ref]
    assert group.fields["need_count"] == 1
    assert {relation.to: relation.outgoing for relation in group.relations} == {
        "kubernetes_deployment/c1/default/blue": False,
        "kubernetes_deployment/c1/default/green": False,
    }


def test_a_service_without_selector_or_match_has_nothing_behind_it() -> None:
    found = by_ref(read(together(workload("web"), service("empty", ""), service("none", "app: gone"))).observations)
    for name in ("empty", "none"):
        one = found[f"kubernetes_service/c1/default/{name}"]
        assert ends(one, "backed_by") == ends(one, "depends_on") == []


def test_an_external_name_is_an_endpoint() -> None:
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: pay}\nspec: {type: ExternalName, externalName: api.example.com}\n"
    found = by_ref(read(text).observations)
    assert ends(found["kubernetes_service/c1/default/pay"], "backed_by") == ["endpoint/api.example.com"]
    assert found["kubernetes_service/c1/default/pay"].fields["external_name"] == "api.example.com"


def test_dependencies_from_the_environment() -> None:
    env = """[{name: A_ADDR, value: "db:5432"}, {name: SCHEME, value: http}, {name: B, value: "$(SCHEME)://search.other:80/x"},
      {name: HOST, value: db}, {name: C_URL, value: "https://api.example.com/v1"}, {name: D_ADDR, value: "lost:9"},
      {name: E, value: "notaservice:9"}, {name: SELF, value: "$(LATER)"}]"""
    search = service("search", "app: s").replace("{name: search}", "{name: search, namespace: other}")
    found = by_ref(read(together(workload("web", env=env), service("db", "app: db"), search)).observations)
    assert ends(found["kubernetes_deployment/c1/default/web"], "depends_on") == [
        "kubernetes_service/c1/default/db",
        "kubernetes_service/c1/other/search",
        "endpoint/api.example.com",
        "endpoint/c1/default/lost:9",
    ]
    assert found["endpoint/api.example.com"].fields == {"name": "api.example.com", "address": "api.example.com"}
    assert found["endpoint/c1/default/lost:9"].fields["namespace"] == "default"


def test_what_a_workload_can_do_without_is_said_by_an_annotation() -> None:
    env = '[{name: A_ADDR, value: "db:1"}, {name: B_ADDR, value: "search:1"}, {name: C_ADDR, value: "mail.example.com:25"}]'
    text = workload("web", env=env).replace("{name: web}", "{name: web, annotations: {cmdb/soft-needs: 'search, mail.example.com'}}", 1)
    found = by_ref(read(together(text, service("db", "app: d"), service("search", "app: s"))).observations)
    needs = [relation for relation in found["kubernetes_deployment/c1/default/web"].relations if relation.type == "depends_on"]
    assert [dict(relation.attributes) for relation in needs] == [{}, {"need": "soft"}, {"need": "soft"}]


def test_a_config_map_leads_to_services_and_keeps_its_values_to_itself() -> None:
    data = "{DB: 'db:5432', OUT_URL: 'https://hush.example.com', WORD: hunter2}"
    config = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: cfg}}\ndata: {data}\n"
    text = workload("web", pod="volumes: []", env="[{name: X, valueFrom: {configMapKeyRef: {name: cfg, key: OUT_URL}}}]")
    text = text.replace("containers: [{", "containers: [{envFrom: [{configMapRef: {name: cfg}}], ")
    parsed = read(together(text, config, service("db", "app: db")))
    web = by_ref(parsed.observations)["kubernetes_deployment/c1/default/web"]
    assert ends(web, "depends_on") == ["kubernetes_service/c1/default/db"]
    assert ends(web, "uses_config") == ["kubernetes_config_map/c1/default/cfg"]
    assert "hush" not in repr(parsed)
    assert "hunter2" not in repr(parsed)


def test_secrets_are_kept_by_name_only() -> None:
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s1}\ntype: Opaque\ndata: {password: aHVudGVyMg==}\nstringData: {word: hunter2}\n"
    )
    env = """[{name: P, valueFrom: {secretKeyRef: {name: s1, key: password}}}, {name: PLAIN_PASSWORD, value: hunter2},
      {name: DB_URL, value: "postgres://u:hunter2@db:5432/x"}, {name: Q, valueFrom: {secretKeyRef: {name: s2, key: k, optional: true}}}]"""
    pod = "imagePullSecrets: [{name: pull}]\n      volumes: [{secret: {secretName: s3}}, {projected: {sources: [{secret: {name: s4}}]}}]"
    parsed = read(together(workload("web", env=env, pod=pod), secret))
    web = by_ref(parsed.observations)["kubernetes_deployment/c1/default/web"]
    used = {
        (relation.to or "").rpartition("/")[2]: dict(relation.attributes) for relation in web.relations if relation.type == "uses_config"
    }
    assert used == {"s1": {}, "s2": {"need": "soft"}, "s3": {}, "s4": {}, "pull": {"need": "soft"}}
    assert ends(web, "depends_on") == ["endpoint/c1/default/db:5432"]
    for word in ("hunter2", "aHVudGVyMg", "password"):
        assert word not in repr(parsed)


def test_ingresses_of_both_api_versions_and_gateway_routes() -> None:
    new = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: new}
spec:
  defaultBackend: {service: {name: web}}
  tls: [{secretName: cert}]
  rules: [{host: a.example, http: {paths: [{path: /api, backend: {service: {name: api}}}]}}]
"""
    old = """
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: old}
spec: {rules: [{http: {paths: [{backend: {serviceName: web}}]}}]}
"""
    route = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: route, namespace: edge}
spec: {hostnames: [b.example], rules: [{backendRefs: [{name: web, namespace: default}]}]}
"""
    mesh = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: inner}
spec: {http: [{route: [{destination: {host: web}}]}]}
"""
    found = by_ref(read(together(new, old, route, mesh, service("web", "app: w"), service("api", "app: a"))).observations)
    web, api = "kubernetes_service/c1/default/web", "kubernetes_service/c1/default/api"
    assert ends(found["kubernetes_ingress/c1/default/new"], "backed_by") == [web, api]
    assert ends(found["kubernetes_ingress/c1/default/new"], "uses_config") == ["kubernetes_secret/c1/default/cert"]
    assert found["kubernetes_ingress/c1/default/new"].fields["hosts"] == ("a.example",)
    assert ends(found["kubernetes_ingress/c1/default/old"], "backed_by") == [web]
    assert ends(found["kubernetes_ingress/c1/edge/route"], "backed_by") == [web]
    assert "kubernetes_ingress/c1/default/inner" not in found


def test_images_with_tags_digests_and_registries() -> None:
    digest = "sha256:" + "ab" * 32
    other = "sha256:" + "cd" * 32
    images = [f"reg.example:5000/a/b:1@{digest}", "reg.example:5000/a/b:1", f"c@{digest}", "d", f"e:1@{digest}", f"e:1@{other}", "{{ .x }}"]
    parsed = read(together(*(workload(f"w{number}", image=image) for number, image in enumerate(images))))
    found = {one.ref: one.fields for one in parsed.observations if one.type == "container_image"}
    assert set(found) == {
        f"container_image/reg.example:5000/a/b@{digest}",
        f"container_image/c@{digest}",
        "container_image/d:latest",
        f"container_image/e@{digest}",
        f"container_image/e@{other}",
    }
    assert found[f"container_image/reg.example:5000/a/b@{digest}"]["registry"] == "reg.example:5000"
    assert "tag" not in found[f"container_image/e@{digest}"]


def test_a_workload_uses_the_account_a_manifest_declares() -> None:
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, labels: {a: b}}\n"
    texts = [workload(name, pod=f"serviceAccountName: {name}") for name in ("web", "default")]
    found = by_ref(read(together(*texts, account)).observations)
    one = found["kubernetes_service_account/c1/default/web"]
    assert ends(one, "in_namespace") == ["kubernetes_namespace/c1/default"]
    assert ends(found["kubernetes_deployment/c1/default/web"], "uses") == [one.ref]
    assert ends(found["kubernetes_deployment/c1/default/default"], "uses") == []
    assert "kubernetes_service_account/c1/default/default" not in found


def test_lists_are_opened_and_other_kinds_passed_over() -> None:
    service_a = "{apiVersion: v1, kind: Service, metadata: {name: a}}"
    listed = f"apiVersion: v1\nkind: List\nitems:\n- {service_a}\n- {{kind: Role, apiVersion: rbac.authorization.k8s.io/v1}}\n- 7\n"
    typed = "apiVersion: v1\nkind: ServiceList\nitems:\n- {metadata: {name: b}}\n"
    knative = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: not-ours}\n"
    parsed = read(together(listed, typed, knative))
    assert {one.ref for one in parsed.observations if one.type == "kubernetes_service"} == {
        "kubernetes_service/c1/default/a",
        "kubernetes_service/c1/default/b",
    }
    assert [(one.code, one.where) for one in parsed.problems] == [("not-a-manifest", "f1.yaml, document 1, item 3")]


@pytest.mark.parametrize(
    ("text", "code", "whole"),
    [
        ("just text", "not-a-manifest", True),
        ("a: 1", "not-a-manifest", True),
        ("apiVersion: v1\nkind: Service\n", "bad-name", False),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: Not_Good}\n", "bad-name", False),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: '../x'}\n", "bad-name", False),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: '{{ .Values.x }}'}\n", "template-not-rendered", False),
        ("a: [", "malformed-yaml", False),
    ],
)
def test_what_cannot_be_used_is_a_problem_and_the_rest_goes_on(text: str, code: str, whole: bool) -> None:
    parsed = read(together(text, service("good", "app: x")))
    assert [(one.code, one.where) for one in parsed.problems] == [(code, "f1.yaml, document 1")]
    assert parsed.whole is whole
    assert "kubernetes_service/c1/default/good" in by_ref(parsed.observations)


def test_what_is_declared_twice_counts_as_the_later_says() -> None:
    parsed = read(service("a", "app: x"), service("a", "app: x", "type: NodePort"))
    assert by_ref(parsed.observations)["kubernetes_service/c1/default/a"].fields["service_type"] == "NodePort"
    assert [(one.code, one.where, one.lost) for one in parsed.problems] == [("declared-twice", "f2.yaml, document 1", False)]


def test_the_same_files_give_the_same_observations() -> None:
    text = together(workload("web", env='[{name: A_ADDR, value: "x:1"}]'), service("web", "app: web"))
    assert read(text) == read(text)


def test_numbers_and_odd_values_where_texts_belong() -> None:
    text = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: 7, labels: {a: 1.10, b: true, c: null, 5: x}}
spec:
  replicas: many
  template: {metadata: {labels: [1]}, spec: {containers: [7, {image: 9, env: {a: b}, ports: [{containerPort: 99999}]}], volumes: x}}
"""
    found = by_ref(read(text).observations)["kubernetes_deployment/c1/default/7"]
    assert found.fields["object_labels"] == ("a=1.1",)
    assert found.fields["replicas"] == 1
    assert found.fields["container_ports"] is None  # withdrawn, if it was ever said


class TestFiles:
    def collect(self, recorder: Recorder, *paths: Path, **config: object) -> Batch:
        *_, batch = KubernetesSource().collect(KubernetesConfig(paths, cluster="c1", **config), recorder)  # type: ignore[arg-type]
        return batch

    def test_what_clusters_share_is_never_said_to_be_complete(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text(
            workload("web", env='[{name: A_URL, value: "https://api.example.com"}, {name: B_ADDR, value: "x:1"}]')
        )
        shared, own = KubernetesSource().collect(KubernetesConfig((tmp_path,), cluster="c1", complete=True), Recorder())
        assert {one.ref for one in shared.observations} == {"container_image/x:1", "endpoint/api.example.com"}
        assert not shared.complete
        assert own.complete
        assert "endpoint/c1/default/x:1" in by_ref(own.observations)

    def test_folders_are_read_with_all_below_in_a_fixed_order(self, tmp_path: Path) -> None:
        (tmp_path / "b").mkdir()
        (tmp_path / ".git").mkdir()
        (tmp_path / "b/z.yml").write_text(service("z", "app: z"))
        (tmp_path / "a.yaml").write_text(service("a", "app: a"))
        (tmp_path / "j.json").write_text('{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "j"}}')
        (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]")
        (tmp_path / ".git/x.yaml").write_text(service("hidden", "app: a"))
        (tmp_path / "notes.txt").write_text("kind: Service")
        recorder = Recorder()
        batch = self.collect(recorder, tmp_path, complete=True)
        names = [one.fields["name"] for one in batch.observations if one.type == "kubernetes_service"]
        assert names == ["a", "z", "j"]
        assert batch.complete
        assert recorder.problems == []

    def test_a_fault_in_reading_never_looks_like_a_thing_that_has_gone(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text(service("a", "app: a"))
        (tmp_path / "big.yaml").write_text("x" * 2000)
        recorder = Recorder()
        assert not self.collect(recorder, tmp_path, complete=True, max_file_bytes=1000).complete
        assert [one.code for one in recorder.problems] == ["unreadable-file"]
        (tmp_path / "big.yaml").write_text("a: [")
        assert not self.collect(Recorder(), tmp_path, complete=True).complete

    def test_what_cannot_be_read_at_all_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SourceUnreadable):
            self.collect(Recorder(), tmp_path / "nowhere")
        with pytest.raises(SourceUnreadable):
            self.collect(Recorder(), tmp_path)
        with pytest.raises(SourceMisconfigured):
            next(KubernetesSource().collect(KubernetesConfig((tmp_path,), cluster="No Good"), Recorder()))
