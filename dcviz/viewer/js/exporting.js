// Pictures at print size with the facts in the margin, and the table of the selected.

import { epochName } from "./dom.js";
import { panelName, panelsOf, toScreen, pointSize } from "./layout.js";

const PRINT = 2400; // pixels across: 20 cm at 300 dpi
const MARGIN = 170;

/** What the margin says: enough to draw the picture again. */
export function facts(viewer) {
  const { index, state } = viewer;
  const { M, lambda_ratio: ratio, tau_distance: tau, reading } = state.thresholds;
  const shown = state.story ? `epochs ${state.story.map((at) => epochName(index.epochs[at].position)).join(", ")}` : `epoch ${epochName(state.t)}${index.epochs.some((one) => one.position === state.t) ? "" : " (interpolated)"}`;
  return [
    `${index.name} · run ${index.id} · ${index.method} on ${index.dataset} · seed ${index.seed ?? "–"}`,
    `${shown} of ${epochName(index.planned)} · n = ${index.n.toLocaleString("en-US")} · color: ${state.color} · M = ${M}, lambda_ratio = ${Number(ratio.toPrecision(4))}, tau_distance = ${Number(tau.toPrecision(4))} (${reading})`,
    `filled: core, rings: border · ${viewer.parts.note.textContent}`,
  ];
}

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function fileName(viewer, ending) {
  return `${viewer.index.id}-${viewer.index.epochs[viewer.near].key}.${ending}`;
}

export async function exportPicture(viewer, kind) {
  const blob = kind === "png" ? await pngOf(viewer) : await svgOf(viewer);
  save(blob, fileName(viewer, kind));
  return blob;
}

/** White paper whatever the theme, drawn once by the engine at print size, facts below. */
export async function pngOf(viewer) {
  const height = Math.round((PRINT * viewer.state.height) / viewer.state.width);
  const { bitmap } = await viewer.request({ type: "picture", width: PRINT, height, background: [255, 255, 255], dark: false });
  const page = Object.assign(document.createElement("canvas"), { width: PRINT, height: height + MARGIN });
  const pen = page.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, page.width, page.height);
  pen.drawImage(bitmap, 0, 0);
  framePanels(pen, viewer, PRINT / viewer.state.width);
  pen.fillStyle = "#111";
  pen.font = "34px system-ui, sans-serif";
  facts(viewer).forEach((line, k) => pen.fillText(line, 20, height + 46 + 48 * k, PRINT - 40));
  return new Promise((resolve) => page.toBlob(resolve, "image/png"));
}

/** A frame around each of several panels and its title in it. */
function framePanels(pen, viewer, scale) {
  const panels = panelsOf(viewer.state, viewer.index.epochs);
  if (panels.length < 2) return;
  Object.assign(pen, { strokeStyle: "#bbb", fillStyle: "#111", lineWidth: 2, font: "30px system-ui, sans-serif", textAlign: "center" });
  for (const panel of panels) {
    const [left, top, width, height] = panel.rect.map((side) => side * scale);
    pen.strokeRect(left, top, width, height);
    pen.fillText(panelName(panel, viewer.index), left + width / 2, top + height - 16, width - 20);
  }
  pen.textAlign = "left";
}

const text = (value) => String(value).replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);

/** Every point a circle, rings for border points; as many panels as the screen shows, facts below. */
export async function svgOf(viewer) {
  const { state, index } = viewer;
  const { width, height } = state;
  const panels = panelsOf(state, index.epochs);
  const drawn = [];
  for (const panel of panels) drawn.push(svgPanel(viewer, panel, await viewer.request({ type: "rows", panel: panel.at === undefined && panel.kind === "latent" ? null : panel }), panels.length > 1));
  const notes = facts(viewer).map((line, k) => `<text x="6" y="${height + 18 + 15 * k}" font-size="10">${text(line)}</text>`);
  const body = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + 60}" viewBox="0 0 ${width} ${height + 60}" font-family="system-ui, sans-serif"><rect width="100%" height="100%" fill="#fff"/>${drawn.join("\n")}${notes.join("")}</svg>`;
  return new Blob([body], { type: "image/svg+xml" });
}

/** One panel as a group; with a frame and its title where there are several. */
function svgPanel(viewer, panel, rows, several) {
  const { state, index } = viewer;
  const camera = viewer.camera.panelCamera(panel);
  const [left, top, width, height] = panel.rect;
  const radius = pointSize(index.n, width * height, camera.zoom / (state.homeZoom || camera.zoom)) / 2;
  const color = (code) => `#${[0, 1, 2].map((k) => rows.palette[code * 4 + k].toString(16).padStart(2, "0")).join("")}`;
  const groups = new Map();
  for (let i = 0; i < rows.codes.length; i++) {
    const [x, y] = toScreen(camera, panel.rect, rows.xy[2 * i], rows.xy[2 * i + 1]);
    if (x < left || y < top || x > left + width || y > top + height) continue;
    const name = `${rows.codes[i]} ${rows.flags[i] & 1} ${rows.flags[i] & 4}`;
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(`<circle cx="${x.toFixed(2)}" cy="${y.toFixed(2)}" r="${radius.toFixed(2)}"/>`);
  }
  const parts = [...groups].map(([name, circles]) => {
    const [code, core, dim] = name.split(" ").map(Number);
    const paint = core ? `fill="${color(code)}"` : `fill="none" stroke="${color(code)}" stroke-width="${Math.max(0.5, radius * 0.34).toFixed(2)}"`;
    return `<g ${paint}${dim ? ' opacity="0.18"' : ""}>${circles.join("")}</g>`;
  });
  const title = several ? `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" stroke="#bbb"/><text x="${left + width / 2}" y="${top + height - 8}" font-size="12" text-anchor="middle">${text(panelName(panel, index))}</text>` : "";
  return `<g data-panel="${text(panelName(panel, index))}">${parts.join("\n")}${title}</g>`;
}

/** The selected points (all, when none is selected) as CSV; the page offers Parquet with the latents. */
export async function exportTable(viewer) {
  const blob = await csvOf(viewer);
  save(blob, fileName(viewer, "csv"));
  return blob;
}

export async function csvOf(viewer) {
  const rows = await viewer.request({ type: "rows" });
  const { index } = viewer;
  const { mask, count } = viewer.points;
  const quoted = (value) => `"${String(value).replace(/"/g, '""')}"`;
  const lines = ["point,run,epoch,x,y,core,label,cluster"];
  for (let i = 0; i < rows.codes.length; i++) {
    if (count && !mask[i]) continue;
    const label = rows.label ? quoted(index.class_names[rows.label[i]] ?? rows.label[i]) : "";
    lines.push([i, quoted(index.id), viewer.state.t, rows.xy[2 * i].toPrecision(7), rows.xy[2 * i + 1].toPrecision(7), rows.flags[i] & 1, label, rows.cluster ? rows.cluster[i] : ""].join(","));
  }
  return new Blob([`${lines.join("\n")}\n`], { type: "text/csv" });
}
