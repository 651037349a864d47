// The viewer's bytes, read in the browser: the mirror of dcviz/viewer/frames.py (its docstring is the format).

const VERSION = 1;
const KINDS = ["frame", "hood", "table", "tour", "channel"];
const ARRAYS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array };
export const STEPS = 65535;
export const NO_CLUSTER = 255;

/** Lay typed arrays over a received container; nothing is copied. Returns {kind, meta, arrays, shapes}. */
export function unpack(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < 12 || view.getUint32(0, false) !== 0x44435646) {
    throw new Error("These bytes are no viewer frame: they do not begin with DCVF.");
  }
  if (view.getUint8(4) !== VERSION || view.getUint8(5) >= KINDS.length) {
    throw new Error(`Frame version ${view.getUint8(4)}: this reader knows version ${VERSION}.`);
  }
  const length = view.getUint32(8, true);
  const start = 12 + length;
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 12, length)));
  const arrays = {};
  const shapes = {};
  for (const { name, type, shape, offset } of header.arrays) {
    const count = shape.reduce((product, side) => product * side, 1);
    arrays[name] = new ARRAYS[type](buffer, start + offset, count);
    shapes[name] = shape;
  }
  return { kind: KINDS[view.getUint8(5)], meta: header.meta, arrays, shapes };
}

/** Coordinate of a 16-bit code inside a box of this half width around 0. */
export function dequantize(code, half) {
  return (code / STEPS) * 2 * half - half;
}

/** Number of stored epochs at or before a position: the cursor's place in the list. */
export function epochAt(positions, position) {
  let low = 0;
  let high = positions.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (positions[middle] <= position + 1e-9) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The two stored epochs around a position, how far between them it lies, and which is nearer. */
export function between(positions, position) {
  const a = epochAt(positions, position);
  const b = Math.min(a + 1, positions.length - 1);
  const width = positions[b] - positions[a];
  const mix = width > 0 ? Math.min(1, Math.max(0, (position - positions[a]) / width)) : 0;
  return { a, b: mix > 0 ? b : a, mix, near: mix > 0.5 ? b : a };
}
