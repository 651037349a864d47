// From an epoch's codes to what each point looks like: a row of the palette and three flags.

import { coreMask, levelsFor, linkCounts, totals } from "./counts.js";
import { paletteBytes } from "./palette.js";

export const CORE = 1;
export const SELECTED = 2;
export const DIMMED = 4;

const PALETTES = new Map();

/** 256 colors of a kind on a light or dark page; the same array every time, so it is uploaded once. */
export function palette(kind, dark) {
  const name = `${kind} ${dark}`;
  if (!PALETTES.has(name)) PALETTES.set(name, paletteBytes(kind, dark));
  return PALETTES.get(name);
}

const KIND = { label: "category", cluster: "category", split: "split", entry: "phase" };

export function paletteKind(color) {
  return KIND[color] ?? "ordered";
}

/** Split and link counts of one epoch at the present thresholds; kept until they change. */
export class Splitter {
  constructor() {
    this.known = new Map();
  }

  /** {core, links, numbers} or null while the neighborhoods are on their way. */
  at(data, key, thresholds, { count = false } = {}) {
    const hood = data.lazy ? data.hoodHere(key, thresholds) : data.hood(key, thresholds);
    if (!hood) return null;
    const at = levelsFor(thresholds, hood);
    const name = `${at.m} ${at.ratio} ${at.lambdaOne} ${at.gap} ${at.tauZero}`;
    let found = this.known.get(key);
    if (!found || found.name !== name || found.hood !== hood) {
      const coreName = `${at.m} ${at.ratio} ${at.lambdaOne}`;
      const linkName = `${at.m} ${at.gap} ${at.tauZero}`;
      const core = found?.hood === hood && found.coreName === coreName ? found.core : coreMask(hood, at, new Uint8Array(hood.n));
      const links = found?.hood === hood && found.linkName === linkName ? found.links : null;
      found = { hood, name, coreName, linkName, core, links, at, numbers: null };
      this.known.delete(key);
      this.known.set(key, found);
      while (this.known.size > 8) this.known.delete(this.known.keys().next().value);
    }
    if (count) {
      found.links ??= linkCounts(hood, at);
      found.numbers ??= totals(found.core, found.links, at.m);
    }
    return found;
  }
}

/** Palette row of every point in a color mode, or null while what it needs is on its way or does not exist. */
export function codesFor(view, data, key, splitter) {
  const { color } = view.state;
  const frame = data.frames.get(key);
  view.legendRange = null;
  if (color === "cluster" || color === "confidence") return frame?.arrays[color] ?? null;
  if (color === "label" || color === "position") return data.points()?.arrays[color] ?? null;
  if (color === "split") return splitter.at(data, key, view.state.thresholds)?.core ?? null;
  if (color === "purity" || color === "purity_filtered") return purityCodes(view, data, key, splitter);
  if (color === "local_id") {
    const channel = data.channel(`local_id ${key}`, `score/local_id/${key}?v=${data.index.tag}`);
    if (channel) view.legendRange = [channel.meta.low, channel.meta.high];
    return channel?.arrays.values ?? null;
  }
  if (color === "entry") return entry(view, data)?.arrays.phase ?? null;
  if (color === "displacement") return displacement(view, data, key);
  return null;
}

/** First epoch in the core, for every point, under the released thresholds (it takes all epochs: Python counts). */
export function entry(view, data) {
  const { M, lambda_ratio: ratio } = view.state.released ?? view.state.thresholds;
  const last = data.key(data.index.epochs.length - 1);
  return data.channel(`entry ${M} ${ratio} ${last}`, `entry?M=${M}&lambda_ratio=${ratio}&v=${data.index.tag}-${last}`);
}

function purityCodes(view, data, key, splitter) {
  const found = splitter.at(data, key, view.state.thresholds, { count: true });
  if (!found?.links.pure) return null;
  const name = `purity ${view.state.color} ${found.name}`;
  if (found.purityName !== name) {
    const { pure, keptPure, kept } = found.links;
    const all = view.state.color === "purity";
    found.purity = new Uint8Array(pure.length);
    for (let i = 0; i < pure.length; i++) {
      const [hits, of] = all ? [pure[i], found.at.m] : [keptPure[i], kept[i]];
      found.purity[i] = of ? Math.round((hits / of) * 254) : 255;
    }
    found.purityName = name;
  }
  return found.purity;
}

/** How far each point moved in this plane since a chosen epoch, against the longest such way. */
function displacement(view, data, key) {
  const now = data.frames.get(key);
  const since = data.key(view.state.since ?? 0);
  const then = data.frame(since, 1);
  if (!now || !then) return null;
  now.moved ??= new Map();
  if (!now.moved.has(since)) {
    const [a, b] = [now.arrays.xy, then.arrays.xy];
    const ways = new Float32Array(a.length / 2);
    let longest = 1;
    for (let i = 0; i < ways.length; i++) {
      ways[i] = Math.hypot(a[2 * i] - b[2 * i], a[2 * i + 1] - b[2 * i + 1]);
      if (ways[i] > longest) longest = ways[i];
    }
    const codes = Uint8Array.from(ways, (way) => Math.round((way / longest) * 254));
    now.moved.clear();
    now.moved.set(since, { codes, longest: (longest / 65535) * 2 * data.index.projection.half });
  }
  view.legendRange = [0, now.moved.get(since).longest];
  return now.moved.get(since).codes;
}

/** One byte of flags a point. */
export function flagsFor(core, selection, count) {
  const flags = new Uint8Array(core);
  if (!count) return flags;
  for (let i = 0; i < flags.length; i++) flags[i] |= selection[i] ? SELECTED : DIMMED;
  return flags;
}
