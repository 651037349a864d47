// Drawing without WebGL: a labelled sample on a plain canvas, the same methods as gl.js.

import { positionsAt } from "./positions.js";

const MOST = 5000;

export class Painter2D {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d", { alpha: false });
    this.kind = "canvas";
    this.lost = false;
    this.sample = null;
    this.samples = new Map();
  }

  release() {}

  begin(width, height, background) {
    if (this.canvas.width !== width || this.canvas.height !== height) { this.canvas.width = width; this.canvas.height = height; }
    this.pen.resetTransform();
    this.pen.fillStyle = `rgb(${background.join(",")})`;
    this.pen.fillRect(0, 0, width, height);
  }

  /** Every k-th point of each color, so that small groups stay visible; selected points are always drawn. */
  stratified(codes, flags) {
    const n = flags.length;
    this.sample = n > MOST ? MOST : null;
    if (n <= MOST) return [...Array(n).keys()];
    if (this.samples.get("codes") !== codes) {
      const groups = new Map();
      for (let i = 0; i < n; i++) {
        if (!groups.has(codes[i])) groups.set(codes[i], []);
        groups.get(codes[i]).push(i);
      }
      const rows = [];
      for (const group of groups.values()) {
        const take = Math.max(Math.min(group.length, 20), Math.round((MOST * group.length) / n));
        for (let k = 0; k < take; k++) rows.push(group[Math.floor((k * group.length) / take)]);
      }
      this.samples.set("codes", codes);
      this.samples.set("rows", rows);
    }
    return this.samples.get("rows");
  }

  points(panel) {
    const { pen } = this;
    const { rect, camera, codes, flags, palette } = panel;
    const xy = positionsAt(panel);
    const size = this.sample === null && flags.length <= MOST ? panel.size : Math.max(panel.size, 4);
    pen.save();
    pen.beginPath();
    pen.rect(...rect);
    pen.clip();
    const draw = (i) => {
      const x = rect[0] + rect[2] / 2 + (xy[2 * i] - camera.x) * camera.zoom;
      const y = rect[1] + rect[3] / 2 - (xy[2 * i + 1] - camera.y) * camera.zoom;
      const color = `rgb(${palette[codes[i] * 4]},${palette[codes[i] * 4 + 1]},${palette[codes[i] * 4 + 2]})`;
      pen.globalAlpha = flags[i] & 4 ? 0.18 : 1;
      pen.beginPath();
      pen.arc(x, y, size / 2, 0, 7);
      if (flags[i] & 1) { pen.fillStyle = color; pen.fill(); } else { pen.strokeStyle = color; pen.lineWidth = Math.max(1, size * 0.17); pen.stroke(); }
    };
    this.stratified(codes, flags).forEach(draw);
    panel.front?.forEach(draw);
    pen.restore();
  }

  lines(panel, _, at, colors) {
    const { pen } = this;
    const { rect, camera } = panel;
    for (let k = 0; k < at.length / 4; k++) {
      const [x0, y0, x1, y1] = at.subarray(4 * k, 4 * k + 4);
      pen.strokeStyle = `rgba(${colors[8 * k]},${colors[8 * k + 1]},${colors[8 * k + 2]},${colors[8 * k + 3] / 255})`;
      pen.beginPath();
      pen.moveTo(rect[0] + rect[2] / 2 + (x0 - camera.x) * camera.zoom, rect[1] + rect[3] / 2 - (y0 - camera.y) * camera.zoom);
      pen.lineTo(rect[0] + rect[2] / 2 + (x1 - camera.x) * camera.zoom, rect[1] + rect[3] / 2 - (y1 - camera.y) * camera.zoom);
      pen.stroke();
    }
  }

  picture() {
    return this.canvas.transferToImageBitmap();
  }
}
