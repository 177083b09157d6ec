"""The picture of an answer as SVG, as the pages draw it: layer by layer from left to right, level by colour, shape and letter.

Made for paper: light colours, a title, a legend, and the revision it stands at.
"""

from math import log10
from xml.sax.saxutils import escape

from cmdb.impact.layout import Wire
from cmdb.impact.levels import Level, Pass
from cmdb.impact.picture import Picture, PictureBox, PictureQuery, picture_of
from cmdb_app.impact_export.roots import names_of
from cmdb_app.impact_export.told import Export

_WIDTH, _HEIGHT = 196.0, 36.0
_EDGE, _HEAD = 24.0, 76.0
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_LOOKS = {  # shape, letter, word, fill, ink
    Level.DOWN: ("M-9 -9H9V9H-9Z", "X", "down", "#b3261e", "#fff"),
    Level.DEGRADED: ("M0 -11L11 8H-11Z", "D", "degraded", "#b85300", "#fff"),
    Level.AT_RISK: ("M0 -11L11 0L0 11L-11 0Z", "R", "at risk", "#f2c230", "#2b2200"),
    Level.OK: ("M-9 0A9 9 0 1 0 9 0A9 9 0 1 0 -9 0Z", "", "ok", "#47715a", "#fff"),
}


def svg(export: Export) -> str:
    """One SVG document. Raises what `picture_of` raises."""
    picture = picture_of(export.answer, PictureQuery())
    export.give_way()
    names = names_of(export.core, [box.item_id for box in picture.boxes if box.item_id], export.seq)
    export.give_way()
    width = max(640.0, picture.width + _EDGE * 2)
    height = picture.height + _HEAD + _EDGE * 2
    head = export.head()
    title = "Blast radius of " + ", ".join(str(one["name"] or one["id"]) for one in head["roots"][:3])
    more = f" and {head['roots_total'] - 3:,} more" if head["roots_total"] > 3 else ""
    counts = ", ".join(f"{count:,} {level.replace('_', ' ')}" for level, count in head["counts"].items())
    under = f"{counts} at commit {head['revision']}" + ("" if head["complete"] else f"; not complete: {head['reason']}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img" '
        f'font-family="{_FONT}">',
        f"<title>{_text(title + more)}</title>",
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>',
        f'<text x="{_EDGE:g}" y="32" font-size="18" font-weight="600" fill="#1b2430">{_text(title + more)}</text>',
        f'<text x="{_EDGE:g}" y="53" font-size="12" fill="#56616f">{_text(under)}</text>',
        _legend(),
        f'<g transform="translate({_EDGE:g} {_HEAD + _EDGE + picture.height / 2:g})"><g fill="none" stroke="#8b96a4">',
        *(_wire(wire, picture) for wire in picture.wires),
        "</g>",
        *(_card(box, names) for box in picture.boxes),
        "</g>",
        "</svg>\n",
    ]
    return "\n".join(parts)


def _legend() -> str:
    shown = []
    for place, level in enumerate((Level.DOWN, Level.DEGRADED, Level.AT_RISK)):
        word = _LOOKS[level][2]
        at = f"translate({_EDGE + 12 + place * 110:g} 74)"
        shown.append(f'<g transform="{at}">{_mark(level)}<text x="17" y="4" font-size="12">{word}</text></g>')
    return "".join(shown)


def _wire(wire: Wire, picture: Picture) -> str:
    a, b = picture.boxes[wire.source], picture.boxes[wire.target]
    x1, x2 = a.x + _WIDTH / 2, b.x - _WIDTH / 2
    bend = max(30.0, abs(x2 - x1) / 2)
    path = f"M{x1:.1f} {a.y:.1f}C{x1 + bend:.1f} {a.y:.1f} {x2 - bend:.1f} {b.y:.1f} {x2:.1f} {b.y:.1f}m-6 -4l6 4l-6 4"
    dash = ' stroke-dasharray="5 4"' if wire.how == Pass.SOFT else ""
    faint = "" if x2 > x1 else ' opacity="0.35"'
    return f'<path d="{path}" stroke-width="{min(5.0, 1 + log10(max(1, wire.count))):.1f}"{dash}{faint}/>'


def _card(box: PictureBox, names: dict[str, str]) -> str:
    left, top = box.x - _WIDTH / 2, box.y - _HEIGHT / 2
    kind = box.type.replace("_", " ")
    if box.item_id is None:
        title, under = f"{box.count:,} {kind}", f"{box.down:,} down, {box.degraded:,} degraded, {box.at_risk:,} at risk"
    else:
        title, under = names.get(box.item_id, box.item_id), kind
    size = f'width="{_WIDTH:g}" height="{_HEIGHT:g}" rx="6"'
    behind = "" if box.item_id else f'<rect x="{left + 5:g}" y="{top - 4:g}" {size} fill="#fff" stroke="#8b96a4"/>'
    fill = "#fbe9e7" if box.root else "#fff"
    return (
        f'{behind}<rect x="{left:g}" y="{top:g}" {size} fill="{fill}" stroke="#b9c1cb"/>'
        f'<g transform="translate({left + 19:g} {box.y:g})">{_mark(box.level)}</g>'
        f'<text x="{left + 37:g}" y="{box.y - 3:g}" font-size="13" font-weight="600" fill="#1b2430">{_text(_short(title, 20))}</text>'
        f'<text x="{left + 37:g}" y="{box.y + 12:g}" font-size="11" fill="#56616f">{_text(_short(under, 25))}</text>'
    )


def _mark(level: Level) -> str:
    shape, letter, _, fill, ink = _LOOKS[level]
    low = 6 if level is Level.DEGRADED else 4
    look = f'font-size="11" font-weight="700" text-anchor="middle" fill="{ink}"'
    return f'<path d="{shape}" fill="{fill}"/><text y="{low}" {look}>{letter}</text>'


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def _text(words: str) -> str:
    return escape("".join(sign if sign >= " " else " " for sign in words))
