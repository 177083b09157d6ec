"""What identifies a machine, and what only seems to. Pure."""

import hashlib
import re

_MACHINE_ID = re.compile(r"^[0-9a-f]{32}$")
_HYPERVISORS = {
    "qemu": "kvm",
    "kvm": "kvm",
    "firecracker": "firecracker",
    "vmware": "vmware",
    "innotek": "virtualbox",
    "virtualbox": "virtualbox",
    "xen": "xen",
    "parallels": "parallels",
    "bhyve": "bhyve",
    "amazon ec2": "aws",
    "google": "google-cloud",
    "digitalocean": "digitalocean",
    "hetzner": "hetzner",
    "openstack": "openstack",
    "nutanix": "nutanix",
    "ovirt": "ovirt",
    "alibaba cloud": "alibaba-cloud",
}


def identity_of(machine_id: str, hostname: str, *, container: bool) -> str:
    """32 hexadecimal digits for the machine: its machine id (machine-id(5)); in a container, whose image may have brought it, a digest
    over it and the host name; where there is none, a digest over the host name. Empty where nothing is known."""
    known = machine_id.strip().lower().replace("-", "")
    valid = bool(_MACHINE_ID.match(known)) and len(set(known)) > 1
    if valid and not container:
        return known
    named = hostname and not hostname.startswith("localhost")
    if not valid and not named:
        return ""
    return hashlib.sha256(f"{known if valid else ''}|{hostname}".encode()).hexdigest()[:32]


def is_identifying(text: str) -> bool:
    """Whether a serial number or UUID of the firmware is one: makers leave placeholders there (`0`, `None`, `To be filled by O.E.M.`)."""
    folded = re.sub(r"[^a-z0-9]", "", text.lower())
    if len(set(folded)) < 2:
        return False
    words = (
        "tobefilled",
        "default",
        "notspecified",
        "none",
        "unknown",
        "systemserial",
        "serialnumber",
        "notapplicable",
        "invalid",
        "empty",
    )
    return not folded.startswith(words) and folded not in {"0123456789", "123456789", "1234567890", "na"}


def hypervisor_of(vendor: str, model: str, cpuinfo: str) -> str:
    """What runs the machine, by the names its firmware gives (empty: metal, as far as can be told). Read by everybody, so that the
    answer, and with it the item's type, does not depend on who asks."""
    names = f"{vendor} {model}".lower()
    for word, hypervisor in _HYPERVISORS.items():
        if word in names:
            return hypervisor
    if "microsoft" in names and "virtual" in names:
        return "hyper-v"
    flags = re.search(r"^flags\s*:.*\bhypervisor\b", cpuinfo, re.MULTILINE)
    return "unknown" if flags else ""
