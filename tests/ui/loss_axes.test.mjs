// The axes of the loss drawing: ticks are round, inside, few, and numbers are short.
import assert from "node:assert/strict";
import test from "node:test";
import { decades, short, steps } from "../../dcviz/ui/loss_curves.js";

test("steps are round and inside", () => {
  assert.deepEqual(steps(0, 3000, 10), [0, 500, 1000, 1500, 2000, 2500, 3000]);
  assert.deepEqual(steps(0.12, 0.31, 4), [0.15, 0.2, 0.25, 0.3]);
  assert.deepEqual(steps(5, 5, 4).length > 0, true);
});

test("a logarithmic axis has at least two ticks, all inside", () => {
  for (const [low, high] of [[1e-6, 0.2], [0.03, 0.9], [0.51, 0.58], [1e-12, 1e5], [3, 4]]) {
    const ticks = decades(low, high);
    assert.ok(ticks.length >= 2 && ticks.length <= 9, `${low} to ${high}: ${ticks}`);
    assert.ok(ticks.every((value) => value >= low * 0.99 && value <= high * 1.01), `${low} to ${high}: ${ticks}`);
  }
});

test("numbers are short", () => {
  assert.deepEqual([null, 0, 0.01234567, 12.5, 3.72e-6, 1e-4, 200000].map(short), ["–", "0", "0.01235", "12.5", "3.7e-6", "1e-4", "2e5"]);
});
