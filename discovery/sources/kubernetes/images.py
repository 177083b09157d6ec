"""Container image references: `[registry[:port]/]repository[:tag][@digest]` (the reference grammar of the OCI distribution
specification)."""

import re
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"^(?P<repository>(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._-]+)[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,128}))?$"
)


@dataclass(frozen=True, slots=True)
class ImageReference:
    """A parsed reference. `tag` is `latest` where neither tag nor digest is given, as container engines read it."""

    repository: str
    tag: str
    digest: str

    @property
    def ref(self) -> str:
        """One key for one image: by digest where there is one, for a tag may move."""
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}:{self.tag}"

    @property
    def name(self) -> str:
        """The last part of the repository: what people call it."""
        return self.repository.rsplit("/", 1)[-1]


def parse_image(text: str) -> ImageReference | None:
    """The parts of an image reference, None where it is not one (a template, a variable)."""
    if len(text) > 512:
        return None
    match = _REFERENCE.match(text.strip())
    if match is None:
        return None
    tag, digest = match["tag"] or "", (match["digest"] or "").lower()
    return ImageReference(match["repository"], tag if tag or digest else "latest", digest)
