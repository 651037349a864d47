// Where the points are on the screen, computed as the shaders do it, for picking, lassos, trails and export.

import { STEPS } from "./frames.js";

/** Coordinates (2 a point) in latent units, from codes of two epochs, a mix, and perhaps a tour. */
export function positionsAt({ from, to, mix, half, tour }) {
  const scale = (2 * half) / STEPS;
  if (!tour) {
    const xy = new Float32Array(from.length);
    for (let i = 0; i < xy.length; i++) xy[i] = (from[i] + (to[i] - from[i]) * mix) * scale - half;
    return xy;
  }
  const { axes, count } = tour;
  const n = from.length / count;
  const xy = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    let [x, y] = [0, 0];
    for (let k = 0; k < count; k++) {
      const at = i * count + k;
      const value = (from[at] + (to[at] - from[at]) * mix) * scale - half;
      x += axes[2 * k] * value;
      y += axes[2 * k + 1] * value;
    }
    xy[2 * i] = x;
    xy[2 * i + 1] = y;
  }
  return xy;
}
