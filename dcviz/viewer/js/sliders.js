// The three thresholds as sliders and as a plane, and the counts that follow them.

import { snap, levelBelow } from "./counts.js";
import { count, h, number, percent, perFrame } from "./dom.js";
import { sequentialColor } from "./palette.js";

const READINGS = { paper: "as in the paper: D′ < τ", relative: "relative: D′ < τ · median D₁", "released code": "released code: D − min D < τ" };
const METRICS = { purity: "purity after filtering", kept: "share of pairs kept", core: "share of core points" };

export class Sliders {
  /** `on` hears {live(thresholds), release(thresholds)}. */
  constructor(on, { plane = true } = {}) {
    this.on = on;
    this.thresholds = null;
    this.axes = null;
    this.m = this.slider("M", "M, neighbors looked at", (value) => ({ M: value }));
    this.ratio = this.slider("lambda", "λ_ratio: core if D₁/D_M is above", (place) => ({ lambda_ratio: this.axes.lambda[place] }));
    this.tau = this.slider("tau", "τ_distance: reliable if D′ is below", (place) => ({ tau_distance: this.axes.tau[place] }));
    Object.assign(this.m.input, { min: 1, max: 15 });
    // Nothing to move along until the axes have come.
    Object.assign(this.ratio.input, { min: 0, max: 255, disabled: true });
    Object.assign(this.tau.input, { min: 0, max: 255, disabled: true });
    this.reading = h("select", { class: "dv-select", "aria-label": "Reading of the second filter", onchange: () => this.change({ reading: this.reading.value }, true) },
      Object.entries(READINGS).map(([value, text]) => h("option", { value }, text)));
    this.numbers = h("div", { class: "dv-numbers", "data-part": "numbers" });
    this.groups = h("div", { class: "dv-groups" });
    this.element = h("div", { class: "dv-thresholds" }, this.m.element, this.ratio.element, this.tau.element,
      plane ? this.makePlane() : null, this.numbers, this.groups, h("label", { class: "dv-reading" }, "second filter ", this.reading));
    this.paint = perFrame(() => this.paintPlane());
  }

  slider(name, label, patch) {
    const output = h("output", { class: "dv-value" });
    const input = h("input", {
      type: "range", step: 1, "data-part": name, "aria-label": label,
      oninput: () => this.change(patch(Number(input.value)), false),
      onchange: () => this.change(patch(Number(input.value)), true),
    });
    return { input, output, element: h("label", { class: "dv-slider" }, h("span", {}, label), output, input) };
  }

  makePlane() {
    this.metric = h("select", { class: "dv-select", "aria-label": "What the plane shows", onchange: () => { this.image = null; this.paint(); } },
      Object.entries(METRICS).map(([value, text]) => h("option", { value }, text)));
    this.canvas = h("canvas", {
      class: "dv-plane", width: 256, height: 256, tabindex: "0", role: "img", "data-part": "plane", "aria-label": "Threshold plane, not counted yet",
      onpointerdown: (event) => { this.canvas.setPointerCapture?.(event.pointerId); this.planing = true; this.planeMove(event, false); event.preventDefault(); },
      onpointermove: (event) => this.planing && this.planeMove(event, false),
      onpointerup: (event) => { if (this.planing) { this.planing = false; this.planeMove(event, true); } },
      onkeydown: (event) => this.planeKey(event),
    });
    this.range = h("span", {});
    return h("div", { class: "dv-plane-box" }, h("div", { class: "dv-plane-head" }, this.metric, this.range), h("div", { class: "dv-plane-frame" }, this.canvas, (this.cross = h("div", { class: "dv-cross" }))),
      h("div", { class: "dv-plane-axes" }, h("span", {}, "τ →"), h("span", {}, "λ ↑")));
  }

  /** Axes come with the table; until then those of the neighborhoods serve. */
  setAxes({ table, meta, gap, width, sameBy }) {
    if (width) this.m.input.max = width;
    if (sameBy !== undefined) this.sameBy = sameBy;
    if (table) {
      this.table = table;
      this.meta = meta;
      this.axes = { lambda: Array.from(table.lambda_axis), tau: Array.from(table.tau_axis) };
      this.image = null;
    } else if (gap && !this.axes) {
      this.axes = { lambda: Array.from({ length: 256 }, (_, k) => Math.fround(k / 255)), tau: gap };
    }
    if (this.axes) {
      this.tau.input.max = this.axes.tau.length - 1;
      this.ratio.input.disabled = this.tau.input.disabled = false;
    }
    if (this.thresholds) this.show(this.thresholds);
  }

  show(thresholds) {
    this.thresholds = thresholds;
    this.m.input.value = thresholds.M;
    this.m.output.textContent = thresholds.M;
    this.ratio.output.textContent = thresholds.lambda_ratio.toFixed(3);
    this.tau.output.textContent = number(thresholds.tau_distance, 4);
    this.reading.value = thresholds.reading;
    if (this.axes) {
      this.ratio.input.value = Math.max(0, levelBelow(this.axes.lambda, snap(this.axes.lambda, thresholds.lambda_ratio)));
      this.tau.input.value = Math.max(0, levelBelow(this.axes.tau, snap(this.axes.tau, thresholds.tau_distance)));
      this.ratio.input.setAttribute("aria-valuetext", thresholds.lambda_ratio.toFixed(3));
      this.tau.input.setAttribute("aria-valuetext", number(thresholds.tau_distance, 4));
    }
    this.paint();
  }

  change(patch, release) {
    this.thresholds = { ...this.thresholds, ...patch };
    this.show(this.thresholds);
    (release ? this.on.release : this.on.live)(this.thresholds);
  }

  planeMove(event, release) {
    if (!this.axes) return;
    const box = this.canvas.getBoundingClientRect();
    const share = (value, span) => Math.min(1, Math.max(0, value / span));
    const column = Math.round(share(event.clientX - box.left, box.width) * (this.axes.tau.length - 1));
    const row = Math.round((1 - share(event.clientY - box.top, box.height)) * (this.axes.lambda.length - 1));
    this.change({ tau_distance: this.axes.tau[column], lambda_ratio: this.axes.lambda[row] }, release);
  }

  planeKey(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!steps || !this.axes) return;
    event.preventDefault();
    event.stopPropagation();
    const far = event.shiftKey ? 8 : 1;
    const move = (axis, value, step) => axis[Math.min(axis.length - 1, Math.max(0, levelBelow(axis, value) + step * far))];
    this.change({ tau_distance: move(this.axes.tau, this.thresholds.tau_distance, steps[0]), lambda_ratio: move(this.axes.lambda, this.thresholds.lambda_ratio, steps[1]) }, true);
  }

  /** The landscape as a picture of 256 x 256, in ten bands: edges between bands are lines of equal value. */
  landscape() {
    const { core, reliable, same_after: after } = this.table;
    const metric = this.metric.value === "purity" && !after ? "kept" : this.metric.value;
    const values = new Float32Array(65536);
    for (let row = 0; row < 256; row++) {
      for (let column = 0; column < 256; column++) {
        const cell = row * 256 + column;
        if (metric === "purity") values[cell] = reliable[cell] ? after[cell] / reliable[cell] : NaN;
        else if (metric === "kept") values[cell] = core[0] ? reliable[cell] / (core[0] * this.meta.m) : NaN;
        else values[cell] = core[0] ? core[row] / this.meta.n : NaN;
      }
    }
    return values;
  }

  /** The landscape is painted once a table; while the hand moves only the cross does. */
  paintPlane() {
    if (!this.canvas || !this.table || !this.thresholds) return;
    if (!this.image) this.paintLandscape();
    this.cross.style.left = `${(100 * levelBelow(this.axes.tau, this.thresholds.tau_distance)) / 255}%`;
    this.cross.style.top = `${100 - (100 * levelBelow(this.axes.lambda, this.thresholds.lambda_ratio)) / 255}%`;
    this.canvas.setAttribute("aria-label", `Threshold plane: ${METRICS[this.metric.value]}; lambda_ratio ${this.thresholds.lambda_ratio.toFixed(3)}, tau_distance ${number(this.thresholds.tau_distance, 4)}. Arrow keys move.`);
  }

  paintLandscape() {
    const pen = this.canvas.getContext("2d");
    const values = this.landscape();
    let [low, high] = [1, 0];
    for (const value of values) { if (value < low) low = value; if (value > high) high = value; }
    this.image = pen.createImageData(256, 256);
    const colors = Array.from({ length: 11 }, (_, k) => sequentialColor(k / 10, false));
    for (let cell = 0; cell < 65536; cell++) {
      const at = ((255 - (cell >> 8)) * 256 + (cell & 255)) * 4;
      const value = values[cell];
      const color = Number.isNaN(value) ? [128, 128, 128] : colors[Math.round(((value - low) / (high - low || 1)) * 10)];
      this.image.data.set([...color, Number.isNaN(value) ? 60 : 255], at);
    }
    this.range.textContent = high >= low ? `${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)} %` : "";
    pen.putImageData(this.image, 0, 0);
  }

  /** The numbers shown are of other thresholds until new ones come. */
  stale() {
    this.numbers.dataset.exact = "0";
  }

  /** Totals; `exact` when they are Python's from the stored distances. */
  showNumbers(found, { exact, epoch }) {
    const { links } = found;
    const by = this.sameBy === "cluster" ? "predicted clusters" : "true labels";
    const rows = [
      ["core", `${count(found.core)}`, percent(found.core, found.n)],
      ["border", `${count(found.border)}`, percent(found.border, found.n)],
      ["reliable pairs of core", count(found.reliable), percent(found.reliable, found.core * found.m)],
    ];
    if (links?.core) {
      rows.push([`purity of core before`, percent(...links.core), `${count(links.core[0])} / ${count(links.core[1])}`]);
      rows.push([`purity of core after`, percent(...links.core_filtered), `${count(links.core_filtered[0])} / ${count(links.core_filtered[1])}`]);
      rows.push([`purity of border`, percent(...links.border), `${count(links.border[0])} / ${count(links.border[1])}`]);
    }
    this.fillNumbers(rows, links?.core ? `purity by ${by}` : "no labels: no purity");
    this.head.textContent = `epoch ${epoch}`;
    this.how.textContent = exact ? "exact" : "live";
    this.how.className = exact ? "dv-exact" : "dv-live";
    this.how.title = exact ? "computed by Python from the stored distances" : "from the table, while the hand moves";
    this.numbers.dataset.exact = exact ? "1" : "0";
    this.numbers.dataset.core = found.core;
  }

  /** Lines are made once and then only get new text: this runs at every step of a dragging hand. */
  fillNumbers(rows, foot) {
    const names = rows.map(([name]) => name).join();
    if (this.lines?.names !== names) {
      const cells = rows.map(([name]) => ({ name, value: h("td", { class: "dv-main" }), share: h("td", {}) }));
      this.lines = { names, cells };
      this.head = h("span", {});
      this.how = h("span", {});
      this.foot = h("div", { class: "dv-fine" });
      this.numbers.replaceChildren(h("div", { class: "dv-numbers-head" }, this.head, this.how),
        h("table", {}, h("tbody", {}, cells.map((cell) => h("tr", {}, h("th", { scope: "row" }, cell.name), cell.value, cell.share)))), this.foot);
    }
    rows.forEach(([, value, share], k) => {
      this.lines.cells[k].value.textContent = value;
      this.lines.cells[k].share.textContent = share;
    });
    this.foot.textContent = foot;
  }

  /** Bars of each cluster: filled for its core points, outlined for the rest. */
  showGroups(groups, color) {
    if (!groups || groups.length > 24) { this.groups.replaceChildren(); this.bars = null; return; }
    if (this.bars?.length !== groups.length) {
      this.bars = groups.map((_, k) => {
        const bar = { core: h("span", {}), share: h("span", { class: "dv-group-share" }) };
        bar.all = h("span", { class: "dv-group-bar" }, bar.core);
        bar.row = h("div", { class: "dv-group" }, h("span", { class: "dv-group-name" }, String(k)), bar.all, bar.share);
        return bar;
      });
      this.groups.replaceChildren(...this.bars.map((bar) => bar.row));
    }
    const most = Math.max(1, ...groups.map(([size]) => size));
    groups.forEach(([size, core], k) => {
      const bar = this.bars[k];
      bar.row.title = `cluster ${k}: ${count(core)} core of ${count(size)}`;
      bar.all.style.width = `${(70 * size) / most}%`;
      bar.all.style.borderColor = bar.core.style.background = color(k);
      bar.core.style.width = `${size ? (100 * core) / size : 0}%`;
      bar.share.textContent = percent(core, size);
    });
  }
}
