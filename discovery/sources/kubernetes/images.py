"""Container image references: `[registry[:port]/]repository[:tag][@digest]` (the reference grammar of the OCI distribution
specification)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

_REFERENCE = re.compile(
    r"^(?P<repository>(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._-]+)[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-fA-F]{64}|sha384:[0-9a-fA-F]{96}|sha512:[0-9a-fA-F]{128}))?$"
)


@dataclass(frozen=True, slots=True)
class ImageReference:
    """A parsed reference. `tag` is `latest` where neither tag nor digest is given, as container engines read it."""

    repository: str
    tag: str
    digest: str

    @property
    def registry(self) -> str:
        """The registry's host, empty for the engine's default one: the first part, if it looks like a host."""
        first, slash, _ = self.repository.partition("/")
        return first if slash and ("." in first or ":" in first or first == "localhost") else ""

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


class Catalogue:
    """The images of one input, each with one key.

    Manifests may name one image by tag here and by tag and digest there: the digest found for a tag is used for both. Where one tag
    comes with several digests it has moved, and they are several images, which only their digests name.
    """

    def __init__(self, images: Iterable[ImageReference]) -> None:
        self._digests: dict[tuple[str, str], set[str]] = {}
        for image in images:
            if image.tag and image.digest:
                self._digests.setdefault((image.repository, image.tag), set()).add(image.digest)

    def settled(self, image: ImageReference) -> ImageReference:
        """The reference that stands for `image` in this input: equal for equal images."""
        digests = self._digests.get((image.repository, image.tag), set()) if image.tag else set()
        if len(digests) == 1:
            return replace(image, digest=next(iter(digests)))
        if len(digests) > 1 and image.digest:
            return replace(image, tag="")
        return image
