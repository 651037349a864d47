// The card of one point: what it is, why it is core or border, and its neighbors, numbers written out.

import { h, number } from "./dom.js";

/** Thumbnails from the sprite pages of a run. */
export class Sprites {
  constructor(source) {
    this.source = source; // (file) => promise of a blob address
    this.pages = new Map();
    this.layout = null;
  }

  async draw(canvas, point) {
    this.layout ??= await this.source("sprite.json", true);
    const { cell, columns, per_page: perPage, files, width, height } = this.layout;
    const file = files[Math.floor(point / perPage)];
    if (!this.pages.has(file)) this.pages.set(file, this.source(file, false).then((address) => loadImage(address)));
    const image = await this.pages.get(file);
    const place = point % perPage;
    const [x, y] = [(place % columns) * cell, Math.floor(place / columns) * cell];
    const [w, tall] = [width ?? cell, height ?? cell];
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, x, y, w, tall, 0, 0, canvas.width, (canvas.height * tall) / w);
  }
}

function loadImage(address) {
  return new Promise((resolve, reject) => {
    const image = Object.assign(new Image(), { onload: () => resolve(image), onerror: () => reject(new Error("no picture")) });
    image.src = address;
  });
}

const CUT = { paper: "D′ <", relative: "D′ <", "released code": "D − min D <" };

/** Fill the card. `names` turns codes into words; `sprites` is null for data that are no pictures. */
export function fillCard(element, card, { index, epoch, sprites, thresholds, follow, close }) {
  const names = index.class_names;
  const name = (code) => (code === null ? "–" : names[code] ?? String(code));
  const word = card.same_by === "cluster" ? "cluster" : "label";
  const reliable = card.neighbors.filter((one) => one.reliable);
  const same = (list) => list.filter((one) => one.same).length;
  const m = card.neighbors.length;
  const [first, last] = [card.neighbors[0], card.neighbors[m - 1]];
  const rows = [
    card.label === null ? null : ["label", name(card.label)],
    card.cluster === null ? null : ["cluster", String(card.cluster)],
    card.confidence === null ? null : ["confidence", number(card.confidence, 2)],
  ].filter(Boolean);
  const formulas = first ? [
    `r = D₁/D_${m} = ${number(first.distance)}/${number(last.distance)} = ${number(card.ratio)} ${card.ratio > thresholds.lambda_ratio ? ">" : "≤"} ${number(thresholds.lambda_ratio)} → ${card.core ? "core" : "border"}`,
    `reliable: ${reliable.length} of ${m} have ${CUT[thresholds.reading]} ${number(thresholds.tau_distance)}${thresholds.reading === "relative" ? " · median D₁" : ""}`,
    card.same_by ? `purity by ${word}: ${same(card.neighbors)}/${m} = ${number(same(card.neighbors) / m, 2)}; of the reliable ${same(reliable)}/${reliable.length}${reliable.length ? ` = ${number(same(reliable) / reliable.length, 2)}` : ""}` : null,
  ].filter(Boolean) : ["no neighbors"];
  element.replaceChildren(
    h("div", { class: "dv-card-head" }, sprites ? picture(sprites, card.point, 44) : null,
      h("div", {}, h("b", {}, `point ${card.point}`), h("div", { class: "dv-fine" }, `epoch ${epoch}`), ...rows.map(([key, value]) => h("div", {}, `${key} `, h("b", {}, value))))),
    ...formulas.map((text) => h("div", { class: "dv-formula" }, text)),
    h("ol", { class: "dv-near" }, card.neighbors.map((one) => h("li", { class: one.reliable ? "" : "dv-unreliable" },
      sprites ? picture(sprites, one.point, 26) : null,
      h("span", {}, `#${one.point}`), h("span", {}, `D ${number(one.distance)}`), h("span", {}, `D′ ${number(one.gap)}`),
      h("span", { class: one.same === false ? "dv-other" : "" }, one.same === null ? "" : one.same ? "✓ same" : "✗ other")))),
    // Fingers have no Escape.
    h("button", { type: "button", class: "dv-button dv-close", "aria-label": "Close (Esc)", onclick: close }, "×"),
    h("button", { type: "button", class: "dv-button", onclick: () => follow(card) }, "Follow it and its neighbors"),
  );
}

function picture(sprites, point, size) {
  const canvas = h("canvas", { width: size * 2, height: size * 2, style: `width:${size}px;height:${size}px`, class: "dv-thumb" });
  sprites.draw(canvas, point).catch(() => canvas.remove());
  return canvas;
}
