// What the colors mean; a click selects what has that color.

import { BORDER, categoryColor, CORE, PHASES, sequentialColor } from "./palette.js";
import { h, number } from "./dom.js";

export const TITLES = {
  label: "label", cluster: "cluster", split: "core / border", purity: "purity of the M neighbors",
  purity_filtered: "purity of reliable neighbors", local_id: "local dimension", confidence: "confidence",
  displacement: "moved since epoch", entry: "phase of entry into the core", position: "place along the curve",
};

const MOST = 24;

/** Fill the legend for a color mode. `choose({channel, code, only})` selects. */
export function fillLegend(element, { color, index, codes, dark, range, choose, since, plain, room }) {
  const rows = [];
  const mark = (paint, ring = false) => h("span", { class: ring ? "dv-dot dv-ring" : "dv-dot", style: ring ? `border-color:${paint}` : `background:${paint};border-color:${paint}` });
  const row = (paint, text, by, ring) => rows.push(by
    ? h("button", { type: "button", class: "dv-legend-row", title: "select these points", onclick: (event) => choose(by, event) }, mark(paint, ring), text)
    : h("div", { class: "dv-legend-row" }, mark(paint, ring), text));
  if (color === "label" || color === "cluster") {
    const size = color === "label" ? Math.max(index.class_names.length, codes) : codes;
    for (let code = 0; code < Math.min(size, MOST); code++) {
      const name = color === "label" ? index.class_names[code] ?? String(code) : `cluster ${code}`;
      row(categoryColor(code, dark), name, { channel: color, code });
    }
    if (size > MOST) rows.push(h("div", { class: "dv-fine" }, `and ${size - MOST} more`));
  } else if (color === "split") {
    row(CORE, "core", { only: "core" });
    row(BORDER, "border", { only: "border" }, true);
  } else if (color === "entry") {
    index.phases.forEach((phase, k) => row(PHASES[k % PHASES.length], phase.name));
    row(dark ? "#5A5A5A" : "#B8B8B8", "never core");
  } else {
    const stops = Array.from({ length: 9 }, (_, k) => `rgb(${sequentialColor(k / 8, dark).join(",")})`).join(",");
    const [low, high] = range ?? (color === "position" ? index.colors?.slice(1) : null) ?? [0, 1];
    rows.push(h("div", { class: "dv-scale", style: `background:linear-gradient(90deg,${stops})` }),
      h("div", { class: "dv-scale-ends" }, h("span", {}, number(low)), h("span", {}, number(high))));
  }
  const shape = color === "split" || plain ? null : h("div", { class: "dv-legend-row dv-shapes" }, mark("currentColor"), "core", mark("currentColor", true), "border");
  const titles = { ...TITLES, displacement: `${TITLES.displacement} ${since}`, position: index.colors?.[0] ?? TITLES.position };
  const title = titles[color];
  // Open or closed as the reader left it; at first closed where it would hide most of a small picture.
  const open = element.querySelector("details")?.open ?? (element.parentElement.clientWidth >= 560 && room >= 380);
  element.replaceChildren(h("details", { open }, h("summary", { class: "dv-legend-title" }, title), h("div", { class: "dv-legend-rows" }, ...rows), shape ?? ""));
}
