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


ROUTES = """async () => {
  const { HEIGHT, WIDTH } = await import("/js/impact/cards.js");
  const { sceneOf } = await import("/js/impact/paint.js");
  const { flat } = await import("/js/impact/route.js");
  const node = (key, depth, x, y) => ({ key, itemId: key, name: key, type: "server", level: "DOWN", depth, x, y });
  const nodes = [node("root", 0, 106, 0)];
  for (let n = 0; n < 30; n += 1) nodes.push(node(`m${n}`, 1, 362 + Math.floor(n / 10) * 212, ((n % 10) - 4.5) * 60));
  nodes.push(node("one", 2, 1042, -30), node("two", 2, 1042, 30), node("last", 3, 1298, 0));
  const layers = [[0, 106, 212], [1, 574, 636], [2, 1042, 212], [3, 1298, 212]].map(([depth, x, width]) => ({ depth, x, width, count: 1 }));
  const links = [];
  for (let n = 1; n <= 30; n += 1) links.push([0, n], [n, 31], [n, 33]);
  links.push([33, 5], [31, 32], [3, 17], [25, 4], [33, 0]);
  const wired = links.map(([source, target]) => ({ source, target, count: 1, need: "hard" }));
  const picture = { nodes, layers, links: wired, width: 1404, height: 600 };
  const inside = (one, [x, y]) => Math.abs(one.x - x) < WIDTH / 2 - 1 && Math.abs(one.y - y) < HEIGHT / 2 - 1;
  const { wires } = sceneOf(picture);
  const along = ([x1, y1], [x2, y2]) => Array.from({ length: 40 }, (_, n) => [x1 + ((x2 - x1) * n) / 40, y1 + ((y2 - y1) * n) / 40]);
  const dense = (points) => points.slice(1).flatMap((point, index) => along(points[index], point));
  const through = wires.filter((wire) => dense(flat(wire.route)).some((point) => nodes.some((one) => inside(one, point))));
  const between = wires.filter(({ route: { head } }) => head && head.x > 464 && head.x < 890);
  return { through: through.map((one) => one.key), between: between.map((one) => one.key), wires: wires.length };
}"""


def test_no_wire_runs_behind_a_box_and_no_head_stands_between_the_columns_of_a_layer(page: Any) -> None:
    page.goto("/")
    assert page.evaluate(ROUTES) == {"through": [], "between": [], "wires": 95}


@pytest.mark.parametrize(("size", "limit"), [(2_000, 3_000), (20_000, 20_000)])
def test_many_boxes_are_drawn(page: Any, size: int, limit: int) -> None:
    page.goto("/")
    found = page.evaluate(DRAW, size)
    assert found["painted"]
    assert found["took"] < limit
