// Where the selected came from: a fading line through the stored epochs before the cursor.

import { dequantize } from "./frames.js";

const LENGTH = 12;
const MOST = 400;

/** Line pieces {at, colors} of at most MOST selected points, or null. Only stored positions are joined. */
export function trailLines(data, view, place, looks) {
  const rows = view.front.length <= MOST ? view.front : view.front.filter((_, k) => k % Math.ceil(view.front.length / MOST) === 0);
  const frames = [];
  for (let k = Math.max(0, place.a - LENGTH); k <= place.a; k++) {
    const frame = data.frames.get(data.key(k));
    if (frame) frames.push(frame);
  }
  const next = place.mix > 0 ? data.frames.get(data.key(place.b)) : null;
  const steps = frames.length - 1 + (next ? 1 : 0);
  if (steps < 1) return null;
  const at = new Float32Array(rows.length * steps * 4);
  const colors = new Uint8Array(rows.length * steps * 8);
  let k = 0;
  for (const row of rows) {
    const color = looks.palette.subarray(looks.codes[row] * 4, looks.codes[row] * 4 + 3);
    for (let step = 0; step < steps; step++) {
      const ends = step < frames.length - 1
        ? [where(frames[step], row), where(frames[step + 1], row)]
        : [where(frames[step], row), mixed(frames[step], next, row, place.mix)];
      at.set([...ends[0], ...ends[1]], k * 4);
      const opacity = Math.round(40 + (190 * (step + 1)) / steps);
      colors.set([...color, opacity, ...color, opacity], k * 8);
      k += 1;
    }
  }
  return { at, colors };
}

function where(frame, row) {
  const { xy } = frame.arrays;
  return [dequantize(xy[2 * row], frame.meta.half), dequantize(xy[2 * row + 1], frame.meta.half)];
}

function mixed(from, to, row, mix) {
  const [a, b] = [where(from, row), where(to, row)];
  return [a[0] + (b[0] - a[0]) * mix, a[1] + (b[1] - a[1]) * mix];
}
