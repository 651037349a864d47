// Single points and sets of them: hover, card, lasso, selection, and what becomes of the selected.

import { fillCard } from "./card.js";
import { count, epochName, h, svg } from "./dom.js";
import { panelsOf, toScreen } from "./layout.js";
import { bitsBase64, maskOf } from "./pick.js";
import { fillSelect } from "./shell.js";

export class Points {
  constructor(viewer) {
    this.viewer = viewer;
    this.forget();
  }

  /** Another run: nothing is selected, nothing is pinned. */
  forget() {
    Object.assign(this, { count: 0, mask: null, bits: "", marked: null, hover: -1, placing: false, picked: null });
  }

  got_selection({ mask, count: chosen }) {
    this.takeMask(mask, chosen);
    this.viewer.group?.forEach((other) => {
      if (other === this.viewer || other.index?.n !== this.viewer.index.n) return;
      other.points.takeMask(mask, chosen);
      other.engine.post({ type: "mask", viewer: other.id, mask });
    });
    this.viewer.commit();
  }

  takeMask(mask, chosen) {
    this.mask = mask;
    this.count = chosen;
    this.bits = mask ? bitsBase64(mask) : "";
    if (!chosen) this.showChosen(null);
  }

  /** Select what an address asks for. */
  wear(bits) {
    const mask = maskOf(bits, this.viewer.index.n);
    this.viewer.engine.post({ type: "mask", viewer: this.viewer.id, mask });
    this.takeMask(mask, mask.reduce((sum, bit) => sum + bit, 0));
  }

  got_where({ points, at }) {
    this.placeMarks(points, at);
  }

  lasso(polygon, how, panel) {
    this.viewer.engine.post({ type: "lasso", viewer: this.viewer.id, polygon, how, panel });
  }

  select(by, how = "replace") {
    this.viewer.engine.post({ type: "select", viewer: this.viewer.id, by, how });
  }

  selectMenu(value) {
    if (!value) return;
    if (value === "point") this.askPoint();
    else if (value === "none") this.clearSelection();
    else this.select(JSON.parse(value));
  }

  fillSelectMenu() {
    const { clusters, class_names: names, has } = this.viewer.index;
    const options = [["", "select"], [JSON.stringify({ only: "core" }), "core points"], [JSON.stringify({ only: "border" }), "border points (x)"]];
    for (let code = 0; has.cluster && code < Math.min(clusters ?? 0, 30); code++) {
      options.push([JSON.stringify({ channel: "cluster", code }), `cluster ${code}`], [JSON.stringify({ channel: "cluster", code, only: "border" }), `border points of cluster ${code}`]);
    }
    for (let code = 0; has.label && code < Math.min(names.length, 30); code++) options.push([JSON.stringify({ channel: "label", code }), `label ${names[code]}`]);
    options.push(["point", "a point by number (g)"], ["none", "nothing (Esc)"]);
    fillSelect(this.viewer.parts.selectMenu, options, "");
  }

  clearSelection() {
    if (!this.count) return;
    this.viewer.engine.post({ type: "mask", viewer: this.viewer.id, mask: null });
    this.got_selection({ mask: null, count: 0 });
  }

  showChosen(chosen) {
    const element = this.viewer.parts.chosen;
    element.hidden = !chosen;
    if (!chosen) return;
    const words = [`${count(chosen.n)} selected`, `${count(chosen.core)} core, ${count(chosen.n - chosen.core)} border`];
    if (chosen.since) words.push(`since epoch ${epochName(Number(chosen.since.slice(0, 5)))}: ${count(chosen.coreToBorder)} core → border, ${count(chosen.borderToCore)} border → core`);
    element.textContent = words.join(" · ");
    element.dataset.count = chosen.n;
  }

  pick(at, radius, ask) {
    this.pickPanel = at.panel;
    this.viewer.engine.post({ type: "pick", viewer: this.viewer.id, x: at.latent[0], y: at.latent[1], radius, panel: at.panel.at === undefined && at.panel.kind === "latent" ? null : at.panel, ask });
  }

  got_picked({ point, at, ask }) {
    if (ask === "hover") this.hovered(point, at);
    else if (ask === "click") this.clicked(point, at);
  }

  hovered(point, at) {
    this.hover = point;
    this.viewer.parts.overlay.querySelectorAll(".dv-hover").forEach((ring) => ring.remove());
    if (point < 0 || !at || !this.pickPanel) return;
    const [x, y] = toScreen(this.viewer.camera.panelCamera(this.pickPanel), this.pickPanel.rect, ...at);
    this.hoverAt = [x, y];
    this.viewer.parts.overlay.append(svg("circle", { class: "dv-hover", cx: x, cy: y, r: 9 }));
  }

  dwelled() {
    if (this.hover >= 0 && !this.viewer.player.playing && this.viewer.parts.card.dataset.pinned !== "1") this.showCard(this.hover, this.hoverAt, false);
  }

  click(at) {
    this.pick(at, 14 / at.camera.zoom, "click");
  }

  clicked(point, at) {
    if (point < 0) { this.hideCard(); return; }
    // Numbered, so that Python tells a new click on the same point from the echo of the last one.
    this.picked = { point, number: (this.picked?.number ?? 0) + 1 };
    if (this.viewer.options.marks) { this.viewer.commit(); return; }
    // A finger has not hovered: the place is that of the point itself.
    this.showCard(point, toScreen(this.viewer.camera.panelCamera(this.pickPanel), this.pickPanel.rect, ...at), true);
  }

  /** The card of a point, with rings around its neighbors; a pinned one stays until Escape. */
  async showCard(point, [x, y], pinned) {
    if (!this.viewer.index) return;
    const epoch = this.viewer.index.epochs[this.viewer.near];
    const { thresholds } = this.viewer.state;
    const query = new URLSearchParams({ M: thresholds.M, lambda_ratio: thresholds.lambda_ratio, tau_distance: thresholds.tau_distance, reading: thresholds.reading, v: this.viewer.index.tag });
    const answer = await this.viewer.fetchAddress(`run/${this.viewer.run}/card/${epoch.key}/${point}?${query}`);
    if (answer.status !== 200 || (!pinned && this.hover !== point)) return;
    const card = JSON.parse(new TextDecoder().decode(answer.body));
    const element = this.viewer.parts.card;
    fillCard(element, card, { index: this.viewer.index, epoch: epochName(epoch.position), sprites: this.viewer.sprites, thresholds, follow: (one) => this.follow(one), close: () => { this.hideCard(); this.viewer.focusStage(); } });
    element.hidden = false;
    element.dataset.pinned = pinned ? "1" : "0";
    element.dataset.point = point;
    this.placeCard(x, y);
    this.mark([point, ...card.neighbors.map((one) => one.point)]);
  }

  /** Beside the point, on the side with more room. */
  placeCard(x, y) {
    const { width, height } = this.viewer.state;
    const { style, offsetHeight } = this.viewer.parts.card;
    style.left = `${x > width / 2 ? Math.max(4, x - 266) : Math.min(width - 254, x + 18)}px`;
    style.top = `${Math.max(4, Math.min(y - 30, height - Math.min(offsetHeight, height) - 4))}px`;
  }

  hideCard() {
    if (this.viewer.parts.card.hidden) return;
    this.viewer.parts.card.hidden = true;
    this.viewer.parts.card.dataset.pinned = "0";
    this.mark(this.viewer.options.marks ?? []);
  }

  mark(points) {
    this.marked = points.length ? points : null;
    if (points.length) this.viewer.engine.post({ type: "where", viewer: this.viewer.id, points, panel: null });
    else this.placeMarks([], []);
  }

  moveMarks() {
    this.viewer.engine.post({ type: "where", viewer: this.viewer.id, points: this.marked, panel: null });
  }

  placeMarks(points, at) {
    this.viewer.parts.overlay.querySelectorAll(".dv-mark, .dv-edge").forEach((mark) => mark.remove());
    if (!this.marked || this.viewer.state.story) return;
    const panel = panelsOf(this.viewer.state, this.viewer.index.epochs).at(-1);
    const camera = this.viewer.camera.panelCamera(panel);
    const placed = at.map(([x, y]) => toScreen(camera, panel.rect, x, y));
    if (this.placing) { this.placing = false; this.placeCard(...placed[0]); }
    const many = placed.length > 40;
    if (!many) placed.slice(1).forEach(([x, y]) => this.viewer.parts.overlay.append(svg("line", { class: "dv-edge", x1: placed[0][0], y1: placed[0][1], x2: x, y2: y })));
    placed.forEach(([x, y], k) => this.viewer.parts.overlay.append(svg("circle", { class: "dv-mark", cx: x, cy: y, r: k ? (many ? 4 : 6) : 9 })));
  }

  follow(card) {
    const mask = new Uint8Array(this.viewer.index.n);
    for (const point of [card.point, ...card.neighbors.map((one) => one.point)]) mask[point] = 1;
    this.viewer.engine.post({ type: "mask", viewer: this.viewer.id, mask });
    this.got_selection({ mask, count: mask.reduce((sum, bit) => sum + bit, 0) });
  }

  askPoint() {
    const input = h("input", { type: "number", min: 0, max: this.viewer.index.n - 1, value: "0", "aria-label": "Point number" });
    const go = () => {
      this.viewer.parts.dialog.hidden = true;
      this.viewer.focusStage();
      this.placing = true;
      this.showCard(Math.min(this.viewer.index.n - 1, Math.max(0, Math.round(Number(input.value)))), [this.viewer.state.width / 2, 40], true);
    };
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); if (event.key === "Escape") this.viewer.escape(); event.stopPropagation(); });
    this.viewer.parts.dialog.replaceChildren(h("label", {}, "point ", input), h("button", { type: "button", class: "dv-button", onclick: go }, "show"));
    this.viewer.parts.dialog.hidden = false;
    input.focus();
    input.select();
  }
}
