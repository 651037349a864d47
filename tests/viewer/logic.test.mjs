import assert from "node:assert/strict";
import { test } from "node:test";

import { Budget, Queue } from "../../dcviz/viewer/js/cache.js";
import { coreMask, levelBelow, levelsFor, linkCounts, perGroup, snap, tableTotals, totals } from "../../dcviz/viewer/js/counts.js";
import { percent } from "../../dcviz/viewer/js/dom.js";
import { around, fit, homeExtent, panelName, panelsOf, storyOf, toLatent, toScreen } from "../../dcviz/viewer/js/layout.js";
import { bitsBase64, combine, inside, lasso, nearest } from "../../dcviz/viewer/js/pick.js";
import { orthonormal } from "../../dcviz/viewer/js/projections.js";
import { positionsAt } from "../../dcviz/viewer/js/positions.js";

/** A neighborhood of 3 points with M_max = 3, made by hand: distances, then codes against levels. */
function byHand() {
  const distances = [[1, 1, 2], [1, 3, 4], [2, 2, 2.5]];
  const ratioLevels = [0, 0.25, 0.5, 0.75];
  const gapLevels = [0, 0.5, 1, 2, 4];
  const above = (value) => ratioLevels.filter((level) => level < value).length;
  const upTo = (value) => gapLevels.filter((level) => level <= value).length;
  const ratio = [1, 2].flatMap((j) => distances.map((row) => above(row[0] / row[j])));
  const gap = [1, 2].flatMap((j) => distances.map((row) => upTo(row[j] - row[0])));
  return {
    n: 3, distances, meta: { width: 3, ratio_levels: ratioLevels, gap_levels: gapLevels, median_nearest: 1 },
    arrays: { ratio: Uint8Array.from(ratio), gap: Uint8Array.from(gap), same: Uint32Array.from([0b111, 0b001, 0b110]) },
  };
}

test("shares are rounded as the pages beside round them", () => {
  const shares = [[63105, 70000], [1, 400], [1, 2000], [3, 8], [8, 8], [0, 0]].map((each) => percent(...each));
  assert.deepEqual(shares, ["90.2 %", "0.3 %", "0.1 %", "37.5 %", "100.0 %", "–"]);
});

test("a small picture is named by its epoch alone, so that its points stay free", () => {
  const index = { switch: 10, epochs: [{ position: 10, scores: { id: 1.934, purity: 0.998 } }] };
  assert.equal(panelName({ kind: "latent", at: 0, rect: [0, 0, 112, 112] }, index), "epoch 10, switch");
  assert.equal(panelName({ kind: "latent", at: 0, rect: [0, 0, 240, 240] }, index), "epoch 10, switch · ID 1.93 · purity 0.998");
});

test("levels: the one at or below a value", () => {
  assert.equal(levelBelow([0, 1, 2], 1), 1);
  assert.equal(levelBelow([0, 1, 2], 1.99), 1);
  assert.equal(levelBelow([0.5, 1], 0.2), -1);
  assert.equal(snap([0, 1, 4], 2.4), 1);
  assert.equal(snap([0, 1, 4], 2.6), 4);
});

test("core points and links follow Eq. 4-10 on every level", () => {
  const hood = byHand();
  for (const M of [2, 3]) for (const lambda of hood.meta.ratio_levels) for (const tau of hood.meta.gap_levels) {
    const at = levelsFor({ M, lambda_ratio: lambda, tau_distance: tau, reading: "paper" }, hood);
    const core = coreMask(hood, at, new Uint8Array(3));
    assert.deepEqual([...core], hood.distances.map((row) => (row[0] / row[M - 1] > lambda ? 1 : 0)), `M ${M} lambda ${lambda}`);
    const { kept, pure, keptPure } = linkCounts(hood, at);
    hood.distances.forEach((row, i) => {
      const near = row.slice(0, M).map((distance) => distance - row[0] < tau);
      const same = row.slice(0, M).map((_, j) => (hood.arrays.same[i] >> j) & 1);
      assert.equal(kept[i], near.filter(Boolean).length, `M ${M} tau ${tau} point ${i}`);
      assert.equal(pure[i], same.reduce((a, b) => a + b, 0));
      assert.equal(keptPure[i], same.filter((bit, j) => bit && near[j]).length);
    });
  }
});

test("M = 1, lambda 0 and lambda 1 as the formula has them", () => {
  const hood = byHand();
  const core = (M, lambda) => [...coreMask(hood, levelsFor({ M, lambda_ratio: lambda, tau_distance: 1, reading: "paper" }, hood), new Uint8Array(3))];
  assert.deepEqual(core(1, 0.9), [1, 1, 1]);
  assert.deepEqual(core(3, 0), [1, 1, 1]);
  assert.deepEqual(core(3, 1), [0, 0, 0]);
  assert.deepEqual(core(1, 1), [0, 0, 0]);
});

test("totals add up", () => {
  const hood = byHand();
  const at = levelsFor({ M: 3, lambda_ratio: 0.25, tau_distance: 2, reading: "paper" }, hood);
  const core = coreMask(hood, at, new Uint8Array(3));
  const found = totals(core, linkCounts(hood, at), 3);
  assert.equal(found.core + found.border, 3);
  assert.deepEqual(found.links.all, [6, 9]);
  assert.equal(found.links.core[0] + found.links.border[0], found.links.all[0]);
  assert.deepEqual(perGroup(Uint8Array.from([0, 1, 1]), core, 2).map(([n]) => n), [1, 2]);
});

test("the table is read at the grid point of the thresholds", () => {
  const table = {
    meta: { n: 10, m: 2 },
    arrays: {
      lambda_axis: [0, 0.5, 1], tau_axis: [0, 1, 2], core: [10, 4, 0], reliable: [0, 12, 20, 0, 5, 8, 0, 0, 0],
      same_before: [15, 6, 0], same_after: [0, 9, 15, 0, 4, 6, 0, 0, 0],
    },
  };
  const found = tableTotals(table, { lambda_ratio: 0.5, tau_distance: 1.7 });
  assert.deepEqual([found.core, found.border, found.reliable, found.reliable_all], [4, 6, 5, 12]);
  assert.deepEqual(found.links.border_filtered, [5, 7]);
});

test("picking, lasso and sets", () => {
  const xy = Float32Array.from([0, 0, 1, 1, 5, 5]);
  assert.equal(nearest(xy, 0.9, 0.9, 0.5), 1);
  assert.equal(nearest(xy, 3, 3, 0.5), -1);
  assert.deepEqual([...lasso(xy, [-1, -1, 2, -1, 2, 2, -1, 2])], [1, 1, 0]);
  assert.ok(inside([0, 0, 4, 0, 0, 4], 1, 1) && !inside([0, 0, 4, 0, 0, 4], 3, 3));
  const old = Uint8Array.from([1, 0, 0]);
  assert.deepEqual([...combine(old, Uint8Array.from([1, 1, 0]), "remove")], [0, 0, 0]);
  assert.deepEqual([...combine(old, Uint8Array.from([0, 1, 0]), "add")], [1, 1, 0]);
  assert.equal(bitsBase64(Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, 1])), "AQE=");
});

test("screen and latent coordinates are inverse; the home camera shows its box", () => {
  const camera = fit([-2, -1, 4, 3], 300, 200);
  const rect = [10, 20, 300, 200];
  const back = toLatent(camera, rect, ...toScreen(camera, rect, 1.25, -0.5));
  assert.ok(Math.hypot(back[0] - 1.25, back[1] + 0.5) < 1e-9);
  const [x, y] = toScreen(camera, [0, 0, 300, 200], -2, 3);
  assert.ok(x >= 0 && y >= 0 && x < 150 && y < 100);
});

test("panels tile the canvas; the story names first, switch and last", () => {
  const epochs = Array.from({ length: 21 }, (_, k) => ({ position: k }));
  assert.deepEqual(storyOf({ epochs, switch: 10 }), [0, 9, 10, 15, 20]);
  assert.equal(storyOf({ epochs, switch: null }).length, 5);
  const panels = panelsOf({ width: 900, height: 500, story: [0, 9, 10, 15, 20] }, epochs);
  assert.equal(panels.length, 5);
  for (const { rect } of panels) assert.ok(rect[0] >= 0 && rect[0] + rect[2] <= 900.001 && rect[1] + rect[3] <= 500.001);
});

test("a turned plane stays orthonormal and the dragged axis near the hand", () => {
  const axes = Float32Array.from({ length: 32 }, (_, k) => (k === 0 || k === 3 ? 1 : 0));
  axes[4] = 0.5;
  axes[5] = 0.3;
  const out = orthonormal(axes, 5, 2);
  let [xx, yy, xy] = [0, 0, 0];
  for (let k = 0; k < 5; k++) { xx += out[2 * k] ** 2; yy += out[2 * k + 1] ** 2; xy += out[2 * k] * out[2 * k + 1]; }
  assert.ok(Math.abs(xx - 1) < 1e-5 && Math.abs(yy - 1) < 1e-5 && Math.abs(xy) < 1e-5);
  assert.ok(Math.hypot(out[4] - 0.5, out[5] - 0.3) < 0.05);
});

test("the tour's positions are a matrix product", () => {
  const from = Uint16Array.from([0, 65535, 32768, 65535, 0, 0]);
  const tour = { axes: Float32Array.from({ length: 32 }, (_, k) => [0, 1, 1, 0][k] ?? 0), count: 3 };
  const xy = positionsAt({ from, to: from, mix: 0, half: 2, tour });
  assert.deepEqual([...xy].map((value) => Math.round(value * 100) / 100), [2, -2, -2, 2]);
});

test("the budget lets the oldest go and says so", () => {
  const dropped = [];
  const budget = new Budget(10, (name) => dropped.push(name));
  budget.set("a", 1, 4);
  budget.set("b", 2, 4);
  budget.get("a");
  budget.set("c", 3, 4);
  assert.deepEqual(dropped, ["b"]);
  assert.equal(budget.used, 8);
});

test("the queue asks for the most wanted first and never twice", async () => {
  const asked = [];
  const gates = [];
  const queue = new Queue((address) => new Promise((resolve) => { asked.push(address); gates.push(() => resolve(address)); }), { parallel: 1 });
  const first = queue.ask("a", 5);
  const twice = queue.ask("a", 5);
  queue.ask("late", 9);
  queue.ask("urgent", -1);
  assert.equal(first, twice);
  await new Promise(setImmediate);
  assert.deepEqual(asked, ["urgent"]);
  gates[0]();
  await new Promise(setImmediate);
  assert.deepEqual(asked, ["urgent", "a"]);
});

test("the box around boxes holds them all", () => {
  assert.deepEqual(around([[-1, -2, 1, 2], [-3, 0, 0, 1]]), [-3, -2, 1, 2]);
});

test("points that all lie in one place are in the middle of the picture, at whatever size they are stored", () => {
  for (const half of [1, 4096]) for (const at of [0, 0.25 * half]) {
    const box = homeExtent({ projection: { half }, epochs: [{ key: "0", extent: [at, at, at, at] }] });
    const [x, y] = toScreen(fit(box, 600, 400), [0, 0, 600, 400], at + half / 65535, at - half / 65535);
    assert.ok(Math.hypot(x - 300, y - 200) < 20, `${x}, ${y}`);
  }
});

test("the view of everything leaves out few epochs that are much wider, and no others", () => {
  const index = (last) => ({ projection: { half: 1 }, epochs: [...Array(20)].map((_, k) => ({ key: String(k), extent: k < 19 ? [-1, -1, 1, 1] : last })) });
  assert.deepEqual(homeExtent(index([-1.5, -1, 2, 1.2])), [-1.5, -1, 2, 1.2]);
  assert.deepEqual(homeExtent(index([-9, -1, 9, 1])), [-1, -1, 1, 1]);
  assert.deepEqual(homeExtent({ projection: { half: 3 }, epochs: [] }), [-3, -3, 3, 3]);
});
