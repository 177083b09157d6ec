"""The pages of `docs/errors/` as HTML: headings, paragraphs, lists, blocks of code, and in a line `code`, **bold** and links.

Everything is escaped first, so that a page shows nothing but text and these. The pages use no more; what is not known stays as typed.
"""

import re
from collections.abc import Iterator
from html import escape

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · CMDB</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/sign-in/sign-in.css">
</head>
<body>
<main class="page">
<p class="brand"><a href="/">CMDB</a></p>
{body}
</main>
</body>
</html>
"""
_INLINE = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\((https?://[^)\s]+|[\w./#-]+)\)")


def page_of(code: str, text: str) -> str:
    """The whole page of an error code, from its Markdown."""
    return _FRAME.format(title=escape(code), body="\n".join(_blocks(text)))


def _blocks(text: str) -> Iterator[str]:
    for place, part in enumerate(re.split(r"^```.*\n?", text, flags=re.MULTILINE)):
        if place % 2:
            yield f"<pre><code>{escape(part)}</code></pre>"
            continue
        for block in re.split(r"\n\s*\n", part.strip("\n")):
            if block.strip():
                yield _block(block.strip())


def _block(block: str) -> str:
    heading = re.match(r"(#{1,4}) +(.*)", block)
    if heading:
        level, rest = len(heading[1]), block[heading.end() :].strip()
        return f"<h{level}>{_line(heading[2])}</h{level}>" + (f"\n{_block(rest)}" if rest else "")
    for mark, tag in ((r"[-*] +", "ul"), (r"\d+\. +", "ol")):
        if re.match(mark, block):
            entries = re.split(rf"\n(?={mark})", block)
            listed = "".join(f"<li>{_line(re.sub(rf'^{mark}', '', one))}</li>" for one in entries)
            return f"<{tag}>{listed}</{tag}>"
    return f"<p>{_line(block)}</p>"


def _line(text: str) -> str:
    return _INLINE.sub(_marked, escape(text))


def _marked(found: re.Match[str]) -> str:
    code, bold, words, address = found.groups()
    if code:
        return f"<code>{code}</code>"
    if bold:
        return f"<strong>{_INLINE.sub(_marked, bold)}</strong>"
    return f'<a href="{address.removesuffix(".md")}">{words}</a>'
