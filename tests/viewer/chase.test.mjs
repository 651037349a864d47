import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Queue } from "../../dcviz/viewer/js/cache.js";
import { Engine } from "../../dcviz/viewer/js/engine.js";
import { Player } from "../../dcviz/viewer/js/play.js";
import { RunData } from "../../dcviz/viewer/js/rundata.js";

const FRAME = readFileSync(new URL("sample.dcvf", import.meta.url));
const frame = () => FRAME.buffer.slice(FRAME.byteOffset, FRAME.byteOffset + FRAME.byteLength);
const settled = () => new Promise((done) => setTimeout(done, 20));

/** A server that answers when it is told to, and an index of so many epochs that grows. */
function served(epochs) {
  const open = new Map(), asked = [];
  const index = { n: 3, tag: "t", version: "v", complete: false, growing: true, planned: epochs, epochs: Array.from({ length: epochs }, (_, k) => ({ key: `e${k}`, position: k, phase: 0, scores: {} })) };
  const ask = (address) => {
    if (address.includes("index.json")) return Promise.resolve(new TextEncoder().encode(JSON.stringify(index)).buffer);
    asked.push(address);
    return new Promise((resolve, reject) => open.set(address, { resolve, reject }));
  };
  const answer = async (part, body = frame()) => {
    for (const [address, { resolve, reject }] of open) {
      if (!address.includes(part)) continue;
      open.delete(address);
      if (body instanceof Error) reject(body); else resolve(body);
    }
    await settled();
  };
  return { port: new Queue(ask), asked, answer };
}

const painter = () => ({ kind: "none", drawn: 0, begin() {}, points() {}, lines() {}, release() {}, picture() { this.drawn += 1; return {}; } });

/** An engine with one view of a growing run at epoch `t`. */
async function chasing(test, server, t, more = {}) {
  const sent = [], engine = new Engine((message) => sent.push(message));
  Object.assign(engine, { port: server.port, painter: painter() });
  const state = { run: "r", projection: "pca-0-1", t, width: 100, height: 100, dpr: 1, camera: { x: 0, y: 0, zoom: 1 }, color: "cluster", plain: true, moving: true, chasing: true, background: [0, 0, 0], ...more };
  engine.receive({ type: "open", viewer: "a", state });
  await settled();
  test.after(() => engine.receive({ type: "close", viewer: "a" }));
  const pictures = () => sent.filter((message) => message.type === "drawn").length;
  const go = async (patch) => { engine.receive({ type: "state", viewer: "a", state: patch }); await settled(); };
  return { pictures, go };
}

test("beside a training a step fetches its own epoch and is drawn once, when all of it is here", async (t) => {
  const server = served(50);
  const { pictures, go } = await chasing(t, server, 7, { plain: false, thresholds: { M: 1, lambda_ratio: 0.5, tau_distance: 0.5, reading: "paper" } });
  assert.deepEqual(server.asked.map((address) => address.split("?")[0]), ["run/r/frame/v/e7", "run/r/hood/e7"]);
  await server.answer("/frame/");
  assert.equal(pictures(), 0, "the neighborhoods are still on their way");
  await server.answer("/hood/", new Error("none stored"));
  assert.equal(pictures(), 1, "what does not exist is not waited for");
  await server.answer("/points");
  await go({ t: 20 });
  assert.equal(server.asked.filter((address) => address.includes("/frame/")).length, 2, "none of the epochs between");
});

test("at rest the other epochs are fetched, and what comes ahead of the cursor draws nothing", async (t) => {
  const server = served(50);
  const { pictures, go } = await chasing(t, server, 7);
  await server.answer("/frame/");
  await server.answer("/points");
  await go({ moving: false, chasing: false });
  const before = pictures();
  assert.ok(server.asked.includes("run/r/frame/v/e8"));
  await server.answer("/frame/");
  await server.answer("/frame/");
  assert.equal(pictures(), before);
  await go({ t: 30 });
  await server.answer("/frame/v/e30");
  assert.equal(pictures(), before + 2, "once for the wish, which shows what is there, and once for what came");
});

test("nothing is waited for once it came, failed or was overtaken by another version", async (t) => {
  const server = served(3);
  const told = [], data = new RunData("r", "pca-0-1", { port: server.port, painter, told: (what, name) => told.push([what, name]) });
  t.after(() => data.close());
  await settled();
  data.frame("e0");
  data.frame("e0");
  data.frame("e1");
  data.frame("e2", 5);
  await settled();
  assert.equal(data.awaited.size, 2);
  await server.answer("e0");
  await server.answer("e1", Object.assign(new Error("gone"), { status: 500 }));
  data.index.version = "w";
  await server.answer("e2");
  assert.equal(data.awaited.size, 0);
  assert.deepEqual(told.filter(([what]) => what !== "index"), [["arrived", "e0"], ["error", "gone"]]);
});

test("what passes several epochs from picture to picture shows stored ones; a slow training is tweened", () => {
  globalThis.matchMedia = () => ({ matches: false });
  for (const [epochs, whole] of [[200, true], [4, false]]) {
    const moved = [];
    const player = new Player({ move: (at) => moved.push(at), stopped() {} }, () => true, () => true, () => true);
    player.start(Array.from({ length: epochs }, (_, k) => k), 0);
    for (const now of [0, 50, 110]) player.step(now);
    player.stop();
    assert.equal(moved.slice(1).every(Number.isInteger), whole, String(moved));
  }
});

test("time that a picture of a growing run takes to arrive counts; that of a finished run does not", () => {
  globalThis.matchMedia = () => ({ matches: false });
  globalThis.requestAnimationFrame ??= () => 0;
  const ends = [true, false].map((grows) => {
    let here = true, at = 0;
    const player = new Player({ move: (t) => { at = t; }, stopped() {} }, () => here, () => true, () => grows);
    player.start(Array.from({ length: 100 }, (_, k) => k), 0);
    player.step(0);
    here = false;
    for (const now of [50, 200, 400]) player.step(now);
    here = true;
    player.step(500);
    player.stop();
    return at / player.pace;
  });
  assert.ok(ends[0] > 0.48 && ends[0] <= 0.5, `half a second: ${ends}`);
  assert.ok(ends[1] <= 0.1 + 1e-9, `at most a tenth: ${ends}`);
});
