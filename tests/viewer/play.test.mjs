import assert from "node:assert/strict";
import { test } from "node:test";

import { Player } from "../../dcviz/viewer/js/play.js";

test("a picture that comes into sight goes on from its place", (t) => {
  const waits = [], frames = [], moved = [];
  let now = 0, seen = false;
  const stand = { matchMedia: () => ({ matches: false }), requestAnimationFrame: (step) => frames.push(step), setTimeout: (step) => waits.push(step), performance: { now: () => now } };
  const before = Object.fromEntries(Object.keys(stand).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
  for (const [name, value] of Object.entries(stand)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  t.after(() => { for (const [name, own] of Object.entries(before)) if (own) Object.defineProperty(globalThis, name, own); else delete globalThis[name]; });

  const player = new Player({ move: (at) => moved.push(at), stopped() {} }, () => true, () => seen);
  player.start([0, 1, 2, 3], 0);
  assert.equal(frames.length, 0, "nobody looks: no frame is asked for");
  seen = true;
  now = 1000;
  waits.shift()();
  frames.shift()(996); // the frame began before the step that asked for it
  frames.shift()(1096);
  assert.deepEqual(moved, [0, 0, 0.2]);
});
