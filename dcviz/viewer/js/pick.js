// Which points lie under a finger, in a box or in a lasso. Positions are the ones on the screen.

/** Row of the nearest point within `radius` of (x, y), or -1. */
export function nearest(xy, x, y, radius) {
  let best = -1;
  let least = radius * radius;
  for (let i = 0; i < xy.length / 2; i++) {
    const dx = xy[2 * i] - x;
    if (dx > radius || dx < -radius) continue;
    const dy = xy[2 * i + 1] - y;
    const far = dx * dx + dy * dy;
    if (far <= least) { least = far; best = i; }
  }
  return best;
}

/** Even-odd rule: does (x, y) lie inside the polygon [x0, y0, x1, y1, ...]? */
export function inside(polygon, x, y) {
  let odd = false;
  const n = polygon.length / 2;
  for (let i = 0, j = n - 1; i < n; j = i++) {
    const [xi, yi, xj, yj] = [polygon[2 * i], polygon[2 * i + 1], polygon[2 * j], polygon[2 * j + 1]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

/** 1 for every point inside the polygon. */
export function lasso(xy, polygon) {
  const mask = new Uint8Array(xy.length / 2);
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let k = 0; k < polygon.length; k += 2) {
    left = Math.min(left, polygon[k]);
    right = Math.max(right, polygon[k]);
    low = Math.min(low, polygon[k + 1]);
    high = Math.max(high, polygon[k + 1]);
  }
  for (let i = 0; i < mask.length; i++) {
    const [x, y] = [xy[2 * i], xy[2 * i + 1]];
    if (x >= left && x <= right && y >= low && y <= high && inside(polygon, x, y)) mask[i] = 1;
  }
  return mask;
}

/** Join a new set with the old: "replace", "add" or "remove". */
export function combine(old, mask, how) {
  if (how === "replace" || !old) return mask;
  return mask.map((bit, i) => (how === "add" ? bit | old[i] : old[i] & (bit ^ 1)));
}

/** A bit set as base64, point i in bit i % 8 of byte i // 8: 11.7 kB for any choice of 70,000 points. */
export function bitsBase64(mask) {
  const bytes = new Uint8Array(Math.ceil(mask.length / 8));
  for (let i = 0; i < mask.length; i++) if (mask[i]) bytes[i >> 3] |= 1 << (i & 7);
  let text = "";
  for (let k = 0; k < bytes.length; k += 8192) text += String.fromCharCode(...bytes.subarray(k, k + 8192));
  return btoa(text);
}

/** The mask of such a bit set; points beyond it are not chosen. */
export function maskOf(text, n) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return Uint8Array.from({ length: n }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);
}
