import assert from "node:assert/strict";
import { test } from "node:test";

import { Player } from "../../dcviz/viewer/js/play.js";

/** A page without a clock of its own: what waits for a frame or for time stands in two lists. */
function stage(t) {
  const waits = [], frames = [], clock = { now: 0 };
  const stand = { matchMedia: () => ({ matches: false }), requestAnimationFrame: (step) => frames.push(step), setTimeout: (step) => waits.push(step), performance: { now: () => clock.now } };
  const before = Object.fromEntries(Object.keys(stand).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
  for (const [name, value] of Object.entries(stand)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  t.after(() => { for (const [name, own] of Object.entries(before)) if (own) Object.defineProperty(globalThis, name, own); else delete globalThis[name]; });
  /** Let time pass in tenths of a second, for frames and for waits. */
  const pass = (seconds) => {
    for (let k = 0; k < 10 * seconds; k += 1) {
      clock.now += 100;
      for (const list of [waits, frames]) list.splice(0).forEach((step) => step(clock.now));
    }
  };
  return { waits, frames, clock, pass };
}

test("a run that grows is followed to its newest epoch, rests there, goes on, and stops when it is complete", (t) => {
  const { pass } = stage(t), moved = [], heard = [];
  let grows = true;
  const player = new Player({ move: (at) => moved.push(at), held: () => heard.push("held"), stopped: () => heard.push("stopped") }, () => true, () => true, () => grows);
  player.start([0], 0);
  pass(1);
  assert.deepEqual([player.playing, heard], [true, ["held"]], "one epoch is no end");
  player.follow(Array.from({ length: 101 }, (_, epoch) => epoch));
  pass(6);
  assert.equal(moved.at(-1), 100);
  assert.deepEqual([player.playing, heard], [true, ["held", "held"]]);
  const rests = moved.length;
  pass(3);
  assert.equal(moved.length, rests, "what rests is not drawn");
  grows = false;
  player.follow(Array.from({ length: 121 }, (_, epoch) => epoch));
  pass(20);
  assert.equal(moved.at(-1), 120);
  assert.deepEqual([player.playing, heard], [false, ["held", "held", "stopped"]]);
});

test("a picture that comes into sight goes on from its place", (t) => {
  const { waits, frames, clock } = stage(t), moved = [];
  let seen = false;

  const player = new Player({ move: (at) => moved.push(at), stopped() {} }, () => true, () => seen);
  player.start([0, 1, 2, 3], 0);
  assert.equal(frames.length, 0, "nobody looks: no frame is asked for");
  seen = true;
  clock.now = 1000;
  waits.shift()();
  frames.shift()(996); // the frame began before the step that asked for it
  frames.shift()(1096);
  assert.deepEqual(moved, [0, 0, 0.2]);
});
