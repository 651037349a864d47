// The viewer's frame on the page: bar, stage, track, side panel. Only building; behavior is in viewer.js.

import { h, svg } from "./dom.js";
import { TITLES } from "./legend.js";
import { SPEEDS } from "./play.js";

/** Build everything once; returns the parts by name. `act` maps actions to functions of the viewer. */
export function buildShell(track, sliders, act, { controls, speed = 1 }) {
  const has = (name) => controls.includes(name);
  const button = (part, text, title, run, shown = true) => (shown ? h("button", { type: "button", class: "dv-button", title, "aria-label": title, "data-part": part, onclick: run }, text) : null);
  const parts = {};
  parts.color = h("select", { class: "dv-select", "aria-label": "Color by", "data-part": "color", onchange: () => act.color(parts.color.value) });
  parts.projection = h("select", { class: "dv-select", "aria-label": "Projection", "data-part": "projection", onchange: () => act.projection(parts.projection.value) });
  parts.tools = ["pan", "lasso", "box"].map((tool) => h("button", { type: "button", class: "dv-button dv-tool", "data-tool": tool, "aria-pressed": tool === "pan", title: { pan: "Move (v)", lasso: "Lasso (l); Shift adds, Alt removes", box: "Box (b)" }[tool], onclick: () => act.tool(tool) }, { pan: "✥", lasso: "◌", box: "▭" }[tool]));
  parts.selectMenu = h("select", { class: "dv-select", "aria-label": "Select points", "data-part": "select", onchange: () => { act.selectMenu(parts.selectMenu.value); parts.selectMenu.selectedIndex = 0; } });
  parts.exportMenu = h("select", { class: "dv-select", "aria-label": "Export", "data-part": "export", onchange: () => { act.export(parts.exportMenu.value); parts.exportMenu.selectedIndex = 0; } },
    [["", "export"], ["png", "PNG, print size"], ["svg", "SVG, vectors"], ["csv", "CSV of the selected"]].map(([value, text]) => h("option", { value }, text)));
  parts.bar = h("div", { class: "dv-bar" },
    has("color") ? h("label", { class: "dv-field" }, "color ", parts.color) : null,
    has("projection") ? h("label", { class: "dv-field" }, "plane ", parts.projection) : null,
    has("select") ? h("div", { class: "dv-tools", role: "group", "aria-label": "Tool" }, parts.tools) : null,
    has("select") ? parts.selectMenu : null,
    button("home", "⤢", "Show everything (f)", act.home),
    button("story", "▦", "Small multiples: first, before the switch, switch, after it, last (p)", act.story, has("panels")),
    has("export") ? parts.exportMenu : null,
    button("help", "?", "Keys (?)", act.help),
    (parts.status = h("span", { class: "dv-status" })));
  parts.canvas = h("canvas", { class: "dv-canvas" });
  parts.overlay = svg("svg", { class: "dv-overlay", "aria-hidden": "true" });
  parts.badge = h("div", { class: "dv-badge", "data-part": "badge" });
  parts.titles = h("div", { class: "dv-titles" });
  parts.legend = h("div", { class: "dv-legend" });
  parts.handles = h("div", { class: "dv-handles" });
  parts.card = h("div", { class: "dv-card", hidden: true });
  parts.chosen = h("div", { class: "dv-chosen", hidden: true });
  parts.dialog = h("div", { class: "dv-dialog", role: "dialog", "aria-modal": "false", hidden: true });
  parts.stage = h("div", { class: "dv-stage", tabindex: "0", role: "application", "data-part": "stage", "aria-roledescription": "scatter plot of latents" },
    parts.canvas, parts.overlay, parts.titles, parts.handles, parts.badge, parts.legend, parts.chosen, parts.card, parts.dialog);
  parts.play = button("play", "▶", "Play (space)", act.play);
  parts.speed = h("select", { class: "dv-select", "aria-label": "Speed", onchange: () => act.speed(Number(parts.speed.value)) },
    SPEEDS.map((value) => h("option", { value, selected: value === speed }, `${value}×`)));
  parts.score = h("select", { class: "dv-select dv-score", "aria-label": "Curve on the track", "data-part": "score", onchange: () => act.score(parts.score.value) });
  parts.row = h("div", { class: "dv-row" },
    has("play") ? h("div", { class: "dv-play" }, button("back", "‹", "One stored epoch back (,)", act.back), parts.play, button("on", "›", "One stored epoch on (.)", act.on), parts.speed) : null,
    has("play") || has("track") ? track.element : null, has("color") && has("track") ? parts.score : null);
  parts.note = h("div", { class: "dv-note" });
  parts.live = h("div", { class: "dv-live-region", "aria-live": "polite" });
  parts.side = has("thresholds") ? h("div", { class: "dv-side" }, sliders.element) : null;
  parts.root = h("div", { class: "dv" }, parts.bar, h("div", { class: "dv-body" }, parts.stage, parts.side), parts.row, parts.note, parts.live);
  return parts;
}

/** Options of the color list that the run can show. */
export function colorOptions(index) {
  const near = index.has.neighbors !== false;
  const has = { ...index.has, displacement: true, entry: near, split: near, local_id: near, purity: near, purity_filtered: near };
  return Object.keys(TITLES).filter((color) => has[color]);
}

export function fillSelect(select, options, value) {
  select.replaceChildren(...options.map(([option, text]) => h("option", { value: option, selected: option === value }, text)));
  select.value = value;
}
