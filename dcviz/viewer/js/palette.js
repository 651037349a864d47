// Colors. Categories: Okabe and Ito, then two of Paul Tol; ordered values: cividis (blue to yellow), also safe
// for color-blind eyes. The same values as dcviz/figures/style.py; tests/viewer compares the two.

export const CATEGORICAL = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000", "#999999", "#882255"];
export const ON_DARK = { "#000000": "#FFFFFF", "#882255": "#B5548A" };
export const PHASES = ["#56B4E9", "#E69F00", "#009E73", "#CC79A7"];
export const CORE = "#0072B2";
export const BORDER = "#D55E00";
export const CIVIDIS = ["#00224E", "#123570", "#3B496C", "#575D6D", "#707173", "#8A8678", "#A59C74", "#C3B369", "#E1CC55", "#FEE838"];
const NONE = { light: "#B8B8B8", dark: "#5A5A5A" };

export function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** Color of a category; from the eleventh on the colors begin again (the legend adds the number). */
export function categoryColor(code, dark) {
  const color = CATEGORICAL[code % CATEGORICAL.length];
  return dark ? (ON_DARK[color] ?? color) : color;
}

/** Cividis at 0..1; on a dark page its dark end is lifted, so that no point vanishes. */
export function sequentialColor(value, dark) {
  const lifted = dark ? 0.22 + 0.78 * value : value * 0.93;
  const place = Math.min(CIVIDIS.length - 1.0001, Math.max(0, lifted * (CIVIDIS.length - 1)));
  const at = Math.floor(place);
  const [from, to] = [rgb(CIVIDIS[at]), rgb(CIVIDIS[at + 1])];
  return from.map((part, k) => Math.round(part + (to[k] - part) * (place - at)));
}

/** 256 colors, RGBA bytes: categories or an ordered scale over codes 0..254; code 255 is "none". */
export function paletteBytes(kind, dark) {
  const bytes = new Uint8Array(256 * 4).fill(255);
  for (let code = 0; code < 256; code++) {
    let color;
    if (code === 255) color = rgb(dark ? NONE.dark : NONE.light);
    else if (kind === "category") color = rgb(categoryColor(code, dark));
    else if (kind === "split") color = rgb(code ? CORE : BORDER);
    else if (kind === "phase") color = rgb(PHASES[code % PHASES.length]);
    else color = sequentialColor(code / 254, dark);
    bytes.set(color, code * 4);
  }
  return bytes;
}
