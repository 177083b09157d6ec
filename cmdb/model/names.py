"""Names in the graph: how a type's name becomes a label, and a relationship type's name a Cypher relationship type. Pure; one rule each."""

import re

NAME = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
"""What names of types, attributes and relationship types look like: lower snake case."""


def label_of(type_name: str) -> str:
    """`kubernetes_deployment` -> `KubernetesDeployment`: the second label of the live node, beside `Item`."""
    return "".join(part.capitalize() for part in type_name.split("_"))


def edge_of(relation_type: str) -> str:
    """`depends_on` -> `DEPENDS_ON`: the relationship type in the live graph."""
    return relation_type.upper()
