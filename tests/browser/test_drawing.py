"""Big pictures: 2,000 boxes are drawn within a second (asserted with room for slow machines), 20,000 stay usable."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser

DRAW = """async (size) => {
  const { canvasOf } = await import("/js/impact/canvas.js");
  const place = document.createElement("div");
  place.style.cssText = "position: fixed; inset: 0; z-index: 99; background: #fff";
  document.body.append(place);
  const rows = 200;
  const nodes = Array.from({ length: size }, (_, n) => ({
    key: `k${n}`, itemId: `k${n}`, name: `server-${n}`, type: "server", level: ["DOWN", "DEGRADED", "AT_RISK"][n % 3], root: n === 0,
    redundancy: false, count: 1, down: 1, degraded: 0, atRisk: 0, depth: Math.floor(n / rows),
    x: Math.floor(n / rows) * 272, y: (n % rows - rows / 2) * 46,
  }));
  const links = nodes.slice(rows).map((_, n) => ({ source: n, target: n + rows, count: 1, need: "hard" }));
  const picture = { nodes, links, width: size / rows * 272, height: rows * 46 };
  const began = performance.now();
  const canvas = canvasOf(place, { pick() {}, open() {} });
  canvas.show(picture, false);
  canvas.fit(picture);
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const took = performance.now() - began;
  const pen = place.querySelector("canvas").getContext("2d");
  const { width, height } = pen.canvas;
  const painted = pen.getImageData(0, 0, width, height).data.some((value, at) => at % 4 === 3 && value > 0);
  canvas.stop();
  place.remove();
  return { took, painted };
}"""


@pytest.mark.parametrize(("size", "limit"), [(2_000, 3_000), (20_000, 20_000)])
def test_many_boxes_are_drawn(page: Any, size: int, limit: int) -> None:
    page.goto("/")
    found = page.evaluate(DRAW, size)
    assert found["painted"]
    assert found["took"] < limit
