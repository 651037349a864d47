// The choice of projection, and the tour: turning the plane through all d dimensions by hand.

import { epochName, h, svg } from "./dom.js";

const MOST = 16;

/** What the list offers for this run. */
export function projectionOptions(index, options) {
  const list = [["pca-0-1", index.d <= 2 ? "the latents" : "principal axes 1, 2"]];
  if (index.d <= 2) return list;
  list.push(["axes", "two other axes …"], ["tour", "tour by hand"], ["aligned", "axes of each epoch, aligned"]);
  if (index.has.umap) list.push(["umap", "UMAP"]);
  else if (options.umap) list.push(["umap-start", "UMAP …"]);
  return list;
}

/** How long people are told a computation takes. */
export function duration(seconds) {
  if (seconds < 90) return `${Math.max(10, Math.round(seconds / 10) * 10)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

export class Tour {
  constructor(viewer) {
    this.viewer = viewer;
    this.active = false;
  }

  /** Start from the first two principal axes, or from a plane that was turned before. */
  begin(turned = null) {
    const { index, state } = this.viewer;
    this.count = Math.min(MOST, index.projection.variance.length);
    if (!this.active) this.axes = Float32Array.from({ length: 2 * MOST }, (_, k) => (k === 0 || k === 3 ? 1 : 0));
    if (turned) this.axes = gramSchmidt(Float32Array.from({ length: 2 * MOST }, (_, k) => (k < 2 * this.count ? turned[k] ?? 0 : 0)), this.count);
    this.active = true;
    if (state.projection !== "pca-0-1") this.viewer.set({ projection: "pca-0-1" });
    this.viewer.parts.projection.value = "tour";
    this.buildHandles();
    this.show();
    if (!turned) this.share();
  }

  /** Linked viewers turn together, axis by axis as they are ranked by variance, and stop together. */
  share() {
    this.viewer.group?.forEach((other) => { if (other !== this.viewer) other.tour.take(this.axes); });
  }

  take(axes) {
    if (!this.viewer.index || this.viewer.index.d <= 2) return;
    if (!this.active) { this.begin(axes); return; }
    this.axes = gramSchmidt(Float32Array.from({ length: 2 * MOST }, (_, k) => (k < 2 * this.count ? axes[k] : 0)), this.count);
    this.show();
  }

  end(linked = false) {
    if (!this.active) return;
    this.active = false;
    if (!linked) this.viewer.group?.forEach((other) => { if (other !== this.viewer) other.tour.end(true); });
    this.viewer.parts.handles.replaceChildren();
    this.viewer.set({ tour: null });
    this.viewer.showNote();
  }

  /** The plane in an address: thousandths of each axis across and up. */
  get name() {
    return ["tour", ...Array.from(this.axes.subarray(0, 2 * this.count), (part) => Math.round(1000 * part))].join("_");
  }

  /** Have the list name a pair of axes that was chosen. */
  offer(token) {
    const axes = /^pca-(\d+)-(\d+)$/.exec(token);
    const { projection } = this.viewer.parts;
    if (axes && ![...projection.options].some((option) => option.value === token)) projection.append(h("option", { value: token }, `principal axes ${Number(axes[1]) + 1}, ${Number(axes[2]) + 1}`));
    projection.value = token;
  }

  buildHandles() {
    this.handles = Array.from({ length: this.count }, (_, k) => h("button", {
      type: "button", class: "dv-axis", title: `Principal axis ${k + 1}: drag its tip, or turn it with the arrow keys`, "aria-label": `Principal axis ${k + 1}`,
      onpointerdown: (event) => { event.currentTarget.setPointerCapture(event.pointerId); this.dragging = k; event.stopPropagation(); event.preventDefault(); },
      onpointermove: (event) => this.dragging === k && this.drag(k, event),
      onpointerup: (event) => { this.dragging = null; this.viewer.commitSoon(); event.stopPropagation(); },
      onkeydown: (event) => this.key(k, event),
    }, String(k + 1)));
    this.web = svg("svg", { class: "dv-web", width: "150", height: "150", viewBox: "-75 -75 150 150", "aria-hidden": "true" });
    this.box = h("div", { class: "dv-compass" }, this.web, ...this.handles);
    this.viewer.parts.handles.replaceChildren(this.box);
  }

  drag(k, event) {
    const box = this.box.getBoundingClientRect();
    this.turn(k, (event.clientX - box.left - 75) / 62, -(event.clientY - box.top - 75) / 62);
    event.stopPropagation();
  }

  key(k, event) {
    const step = { ArrowLeft: [-0.08, 0], ArrowRight: [0.08, 0], ArrowUp: [0, 0.08], ArrowDown: [0, -0.08] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    this.turn(k, this.axes[2 * k] + step[0], this.axes[2 * k + 1] + step[1]);
    this.viewer.commitSoon();
  }

  /** Set where one axis points; the plane stays orthonormal, so no distance is ever stretched. */
  turn(k, x, y) {
    const { axes, count } = this;
    const far = Math.max(1, Math.hypot(x, y) / 0.999);
    axes[2 * k] = x / far;
    axes[2 * k + 1] = y / far;
    this.axes = orthonormal(axes, count, k);
    this.show();
    this.share();
  }

  show() {
    const { variance } = this.viewer.index.projection;
    this.viewer.set({ tour: { axes: this.axes.slice() } });
    const lines = [svg("circle", { r: 62 })];
    this.handles.forEach((handle, k) => {
      const [x, y] = [62 * this.axes[2 * k], -62 * this.axes[2 * k + 1]];
      // Axes that point at the viewer have no length: their handles wait on a small ring, so each can be caught.
      const angle = (2 * Math.PI * k) / this.count;
      const short = Math.hypot(x, y) < 9 && this.dragging !== k;
      handle.style.left = `${75 + (short ? 22 * Math.cos(angle) : x)}px`;
      handle.style.top = `${75 + (short ? 22 * Math.sin(angle) : y)}px`;
      handle.style.opacity = String(0.45 + 0.55 * Math.min(1, Math.hypot(x, y) / 40));
      lines.push(svg("line", { x1: 0, y1: 0, x2: x, y2: y }));
    });
    this.web.replaceChildren(...lines);
    let kept = 0;
    for (let k = 0; k < this.count; k++) kept += variance[k] * (this.axes[2 * k] ** 2 + this.axes[2 * k + 1] ** 2);
    const all = variance.reduce((sum, share) => sum + share, 0);
    this.viewer.parts.note.textContent = `A plane turned by hand through ${this.count} principal axes of epoch ${epochName(Number(this.viewer.index.projection.reference.slice(0, 5)))} (${(100 * all).toFixed(0)} % of its variance); this plane holds ${(100 * kept).toFixed(0)} %. Drag the numbers.`;
  }

  askAxes() {
    const { index, parts } = this.viewer;
    const options = () => index.projection.variance.map((share, k) => h("option", { value: k }, `${k + 1} (${(100 * share).toFixed(1)} %)`));
    const [across, up] = ["across", "up"].map((name) => h("select", { class: "dv-select", "aria-label": `Axis ${name}` }, options()));
    up.selectedIndex = Math.min(2, index.projection.variance.length - 1);
    const go = () => {
      parts.dialog.hidden = true;
      this.viewer.focusStage();
      if (across.value === up.value) return;
      const token = `pca-${across.value}-${up.value}`;
      this.offer(token);
      this.viewer.setProjection(token);
    };
    parts.projection.value = this.viewer.state.projection;
    parts.dialog.replaceChildren(h("label", {}, "across ", across), h("label", {}, "up ", up), h("button", { type: "button", class: "dv-button", onclick: go }, "show"));
    parts.dialog.hidden = false;
    across.focus();
  }

  /** Nothing heavy begins by itself: say what it costs, then wait for the word. */
  askUmap() {
    const { index, parts } = this.viewer;
    parts.projection.value = this.viewer.state.projection;
    const go = () => { parts.dialog.hidden = true; this.viewer.wantUmap(); };
    parts.dialog.replaceChildren(
      h("div", {}, `UMAP is fitted on epoch ${epochName(Number(index.projection.reference.slice(0, 5)))} and places the other ${index.epochs.length - 1} epochs in it.`),
      h("div", {}, `About ${duration(index.umap_seconds)} on two processor cores, in the background; it is kept.`),
      h("button", { type: "button", class: "dv-button", onclick: go }, "compute"), h("button", { type: "button", class: "dv-button", onclick: () => this.viewer.escape() }, "not now"));
    parts.dialog.hidden = false;
  }
}

/** Gram-Schmidt on the two columns of a d x 2 projection, keeping row `k` as it was set as nearly as possible. */
export function orthonormal(axes, count, k) {
  const [x, y] = [axes[2 * k], axes[2 * k + 1]];
  const out = axes.slice();
  // The other rows are corrected so that each column has length 1 and the two are at right angles.
  for (let round = 0; round < 12; round++) {
    let [xx, yy, xy] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      if (i === k) continue;
      xx += out[2 * i] ** 2;
      yy += out[2 * i + 1] ** 2;
      xy += out[2 * i] * out[2 * i + 1];
    }
    const [wantX, wantY, wantXY] = [1 - x * x, 1 - y * y, -x * y];
    const a = Math.sqrt(Math.max(wantX, 1e-9) / Math.max(xx, 1e-9));
    const lean = (wantXY / a - xy) / Math.max(xx, 1e-9);
    for (let i = 0; i < count; i++) {
      if (i === k) continue;
      out[2 * i + 1] += lean * out[2 * i];
      out[2 * i] *= a;
    }
    yy = 0;
    for (let i = 0; i < count; i++) if (i !== k) yy += out[2 * i + 1] ** 2;
    const b = Math.sqrt(Math.max(wantY, 1e-9) / Math.max(yy, 1e-9));
    for (let i = 0; i < count; i++) if (i !== k) out[2 * i + 1] *= b;
  }
  return gramSchmidt(out, count);
}

function gramSchmidt(axes, count) {
  let length = 0;
  for (let i = 0; i < count; i++) length += axes[2 * i] ** 2;
  length = Math.sqrt(length) || 1;
  let along = 0;
  for (let i = 0; i < count; i++) { axes[2 * i] /= length; along += axes[2 * i] * axes[2 * i + 1]; }
  let rest = 0;
  for (let i = 0; i < count; i++) { axes[2 * i + 1] -= along * axes[2 * i]; rest += axes[2 * i + 1] ** 2; }
  rest = Math.sqrt(rest) || 1;
  for (let i = 0; i < count; i++) axes[2 * i + 1] /= rest;
  return axes;
}
