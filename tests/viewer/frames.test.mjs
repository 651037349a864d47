import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { between, dequantize, epochAt, unpack } from "../../dcviz/viewer/js/frames.js";

const read = (name) => readFileSync(new URL(name, import.meta.url));
const bufferOf = (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);

test("the stored sample reads as in Python", () => {
  const expected = JSON.parse(read("sample.json"));
  const found = unpack(bufferOf(read("sample.dcvf")));
  assert.equal(found.kind, expected.kind);
  assert.deepEqual(found.meta, expected.meta);
  for (const [name, values] of Object.entries(expected.arrays)) assert.deepEqual([...found.arrays[name]], values.flat());
  assert.deepEqual(found.shapes.xy, [3, 2]);
});

test("typed arrays lie over the buffer, nothing is copied", () => {
  const buffer = bufferOf(read("sample.dcvf"));
  assert.equal(unpack(buffer).arrays.xy.buffer, buffer);
});

test("foreign bytes and other versions are refused", () => {
  assert.throws(() => unpack(new ArrayBuffer(40)), /DCVF/);
  const bytes = Uint8Array.from(read("sample.dcvf"));
  bytes[4] = 9;
  assert.throws(() => unpack(bytes.buffer), /version 9/);
});

test("codes become coordinates", () => {
  assert.equal(dequantize(0, 2), -2);
  assert.equal(dequantize(65535, 2), 2);
});

test("a cursor lies between two stored epochs", () => {
  const positions = [0, 1, 2, 5, 5.5];
  assert.equal(epochAt(positions, 4.9), 2);
  assert.deepEqual(between(positions, 2), { a: 2, b: 2, mix: 0, near: 2 });
  const { a, b, mix, near } = between(positions, 4.5);
  assert.deepEqual([a, b, near], [2, 3, 3]);
  assert.ok(Math.abs(mix - 5 / 6) < 1e-12);
  assert.deepEqual(between(positions, 99), { a: 4, b: 4, mix: 0, near: 4 });
});
