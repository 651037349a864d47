// Where things lie: panels inside the one canvas, and the camera that looks at latents.

import { epochName } from "./dom.js";

const GAP = 8;
/** Narrower than this, inputs stand above the latents. */
export const STACKED = 560;

/**
 * Panels of a view, rectangles in CSS pixels from the top left.
 * One panel follows the cursor; "beside" puts the inputs at its left; `story` shows stored epochs side by side.
 */
export function panelsOf({ width, height, beside, story }, epochs) {
  if (story?.length && epochs?.length) {
    const count = story.length;
    const columns = bestColumns(count, width, height);
    const rows = Math.ceil(count / columns);
    const w = (width - GAP * (columns - 1)) / columns;
    const h = (height - GAP * (rows - 1)) / rows;
    return story.map((at, k) => ({
      kind: "latent", at, t: epochs[at].position,
      rect: [(k % columns) * (w + GAP), Math.floor(k / columns) * (h + GAP), w, h],
    }));
  }
  if (!beside) return [{ kind: "latent", rect: [0, 0, width, height] }];
  if (width < STACKED) {
    const h = (height - GAP) / 2;
    return [{ kind: "input", rect: [0, 0, width, h] }, { kind: "latent", rect: [0, h + GAP, width, h] }];
  }
  const w = (width - GAP) / 2;
  return [{ kind: "input", rect: [0, 0, w, height] }, { kind: "latent", rect: [w + GAP, 0, w, height] }];
}

/** In pictures narrower than this a name with scores would take two lines and lie on the points. */
const NAMED_IN_FULL = 180;

/** What a panel shows, in words; small ones say their epoch alone. */
export function panelName(panel, index) {
  if (panel.kind === "input") return "input";
  if (panel.at === undefined) return "latent";
  const { position, scores } = index.epochs[panel.at];
  const known = [["id", "ID"], ["purity", "purity"]].filter(([name]) => typeof scores?.[name] === "number").map(([name, word]) => `${word} ${Number(scores[name].toPrecision(3))}`);
  const name = `epoch ${epochName(position)}${position === index.switch ? ", switch" : ""}`;
  return panel.rect?.[2] < NAMED_IN_FULL ? name : [name, ...known].join(" · ");
}

/** Columns that give the panels the largest shorter side. */
function bestColumns(count, width, height) {
  const side = (columns) => Math.min(width / columns, height / Math.ceil(count / columns));
  let best = 1;
  for (let columns = 2; columns <= count; columns++) if (side(columns) > side(best)) best = columns;
  return best;
}

/** The epochs of the story: first, before the switch, the switch, shortly after it, last; as places in the list. */
export function storyOf(index) {
  const positions = index.epochs.map((epoch) => epoch.position);
  const last = positions.length - 1;
  const nearest = (position) => positions.reduce((best, p, k) => (Math.abs(p - position) < Math.abs(positions[best] - position) ? k : best), 0);
  if (index.switch === null || index.switch === undefined) {
    return [...new Set([0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * last)))];
  }
  const at = nearest(index.switch);
  return [...new Set([0, Math.max(0, at - 1), at, nearest(index.switch + 5), last])].sort((a, b) => a - b);
}

/** Camera of a panel of another size than the whole: the same excerpt, smaller. */
export function panelCamera(camera, rect, width, height) {
  return { ...camera, zoom: camera.zoom * Math.min(rect[2] / width, rect[3] / height) };
}

/** Camera that shows a box [x low, y low, x high, y high] with a margin. */
export function fit(extent, width, height, margin = 0.92) {
  const [left, low, right, high] = extent;
  const w = Math.max(right - left, 1e-9);
  const h = Math.max(high - low, 1e-9);
  return { x: (left + right) / 2, y: (low + high) / 2, zoom: margin * Math.min(width / w, height / h) };
}

/** A box this much wider than that of most epochs would make all the others tiny. */
const MUCH_WIDER = 2;

/**
 * The box to look at by default, the same for all epochs so that growth is seen as growth: the box of all epochs,
 * or of most (to the 90th percentile of each side) where few are much wider.
 */
export function homeExtent(index, key = null) {
  const known = index.epochs.filter((epoch) => epoch.extent && (!key || epoch.key === key)).map((epoch) => epoch.extent);
  const half = index.projection.half;
  if (!known.length) return [-half, -half, half, half];
  const box = (share) => [-1, -1, 1, 1].map((sign, k) => {
    const sorted = known.map((extent) => sign * extent[k]).sort((a, b) => a - b);
    return sign * sorted[Math.ceil(share * (sorted.length - 1))];
  });
  const [all, most] = [box(1), box(0.9)];
  const wider = Math.max((all[2] - all[0]) / (most[2] - most[0]), (all[3] - all[1]) / (most[3] - most[1]));
  return widened(wider <= MUCH_WIDER ? all : most, LEAST * half);
}

/** Share of the stored box below which a picture would show its rounding (1/65535) instead of points. */
const LEAST = 1e-3;

/** A box of at least this side: points that all lie in one place are seen there, not past the end of all numbers. */
function widened(box, side) {
  if (Math.max(box[2] - box[0], box[3] - box[1]) >= side) return box;
  const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  return [x - side / 2, y - side / 2, x + side / 2, y + side / 2];
}

/** The box around boxes. */
export function around(boxes) {
  return [Math.min, Math.min, Math.max, Math.max].map((outer, k) => outer(...boxes.map((box) => box[k])));
}

/** Screen (CSS pixels inside the panel) to latent coordinates, and back. */
export function toLatent(camera, rect, x, y) {
  return [camera.x + (x - rect[0] - rect[2] / 2) / camera.zoom, camera.y - (y - rect[1] - rect[3] / 2) / camera.zoom];
}

export function toScreen(camera, rect, x, y) {
  return [rect[0] + rect[2] / 2 + (x - camera.x) * camera.zoom, rect[1] + rect[3] / 2 - (y - camera.y) * camera.zoom];
}

/** Diameter of a point in CSS pixels: smaller the more points share the picture, larger when one zooms in. */
export function pointSize(n, area, zoomed = 1) {
  const size = 1.45 * Math.sqrt(area / Math.max(n, 1)) ** 0.62;
  return Math.min(16, Math.max(1.6, size) * Math.min(3, Math.max(1, Math.sqrt(zoomed))));
}
