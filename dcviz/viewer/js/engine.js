// The viewer's engine, in a worker of its own: it fetches, draws, counts and picks, so that the page stays free.

import { Queue } from "./cache.js";
import { perGroup, tableTotals } from "./counts.js";
import { Painter2D } from "./flat.js";
import { between } from "./frames.js";
import { Painter } from "./gl.js";
import { panelCamera, panelsOf, pointSize } from "./layout.js";
import { combine, lasso, nearest } from "./pick.js";
import { positionsAt } from "./positions.js";
import { RunData } from "./rundata.js";
import { codesFor, flagsFor, palette, paletteKind, SELECTED, Splitter } from "./style.js";
import { trailLines } from "./trails.js";

const LARGE = 20000;
const NONE = 255;

/** Clusters there are: one more than the largest code that is not "none". */
function groupCount(clusters) {
  let most = 0;
  for (let i = 0; i < clusters.length; i++) if (clusters[i] !== NONE && clusters[i] > most) most = clusters[i];
  return most + 1;
}

export class Engine {
  constructor(send) {
    this.send = send;
    this.views = new Map();
    this.counters = { contexts: 0, lost: 0, restored: 0, draws: 0 };
    this.canvas = null;
    this.painter = null;
  }

  /** One message from the page. */
  receive(message) {
    const view = this.views.get(message.viewer);
    const handler = this[`on_${message.type}`];
    if (handler && (view || ["hello", "open", "answer", "give"].includes(message.type))) handler.call(this, message, view);
  }

  on_hello({ base, socket, renderer }) {
    if (this.port) return;
    this.base = base;
    this.asked = new Map();
    this.given = new Map();
    const ask = socket ? (address) => this.overSocket(address) : (address) => this.overHttp(address);
    const fetcher = (address) => this.given.get(address.split("/")[1])?.(address) ?? ask(address);
    const queue = new Queue(fetcher, { parallel: socket ? 32 : 4 });
    this.port = queue;
    this.makePainter(renderer);
  }

  makePainter(renderer) {
    this.canvas = new OffscreenCanvas(16, 16);
    try {
      if (renderer === "canvas") throw new Error("canvas asked for");
      this.painter = new Painter(this.canvas, () => this.redrawAll(), this.counters);
    } catch {
      this.painter = new Painter2D(new OffscreenCanvas(16, 16));
    }
  }

  async overHttp(address) {
    const response = await fetch(this.base + address);
    if (!response.ok) {
      const told = await response.json().catch(() => ({ error: `HTTP ${response.status}` }));
      throw Object.assign(new Error(told.error), { status: response.status });
    }
    return response.arrayBuffer();
  }

  overSocket(address) {
    return new Promise((resolve, reject) => {
      this.asked.set(address, { resolve, reject });
      this.send({ type: "ask", address });
    });
  }

  on_answer({ address, status, body }) {
    const waiting = this.asked?.get(address);
    if (!waiting) return;
    this.asked.delete(address);
    if (status === 200) waiting.resolve(body);
    else waiting.reject(Object.assign(new Error(new TextDecoder().decode(body)), { status }));
  }

  /** An answer that came before it was asked for, kept for every time it will be. Of such a run nothing else exists. */
  on_give({ address, body }) {
    const run = address.split("/")[1];
    if (!this.given.has(run)) {
      const kept = new Map();
      const find = (wanted) => (kept.has(wanted) ? Promise.resolve(kept.get(wanted)) : Promise.reject(Object.assign(new Error("not stored for these pictures"), { status: 404 })));
      this.given.set(run, Object.assign(find, { kept }));
    }
    this.given.get(run).kept.set(address, body);
  }

  on_open({ viewer, state }) {
    const known = this.views.get(viewer);
    const view = known ?? { id: viewer, runs: new Map(), splitter: new Splitter(), mask: null, chosen: 0, version: 0 };
    this.views.set(viewer, view);
    this.on_state({ state }, view);
  }

  on_state({ state }, view) {
    const run = view.state?.run;
    view.state = { ...view.state, ...state };
    if (run && run !== view.state.run) this.forgetRuns(view);
    view.data = this.dataOf(view, view.state.projection);
    if (view.state.beside) view.inputs = this.dataOf(view, "input");
    this.schedule(view);
  }

  forgetRuns(view) {
    view.runs.forEach((data) => data.close());
    view.runs.clear();
    Object.assign(view, { mask: null, wish: null, chosen: 0, front: null, codes: null, inputs: null, told: "" });
    view.splitter = new Splitter();
  }

  dataOf(view, token) {
    if (!view.runs.has(token)) {
      const told = (what, value) => this.heard(view, token, what, value);
      const socket = { pending: this.port.pending, ask: (address, rank, how) => this.ask(address, rank, how) };
      view.runs.set(token, new RunData(view.state.run, token, { port: socket, painter: () => this.painter, told }));
    }
    return view.runs.get(token);
  }

  ask(address, rank, { fresh = false } = {}) {
    // The newest wish comes first: while one scrubs, the frame under the cursor overtakes those passed.
    return this.port.ask(address, fresh ? -Infinity : rank === 0 ? -performance.now() : rank);
  }

  heard(view, token, what, value) {
    if (what === "index") this.send({ type: "index", viewer: view.id, token, index: value });
    else if (what === "error") this.send({ type: "problem", viewer: view.id, text: value });
    if (token === view.state.projection && ["arrived", "ahead"].includes(what)) {
      this.tellLoaded(view);
      if (view.wish) this.on_select(view.wish, view);
    }
    // What came ahead of the cursor alters no picture but the way back of the selected.
    if (what !== "ahead" || view.chosen) this.schedule(view);
  }

  tellLoaded(view) {
    clearTimeout(view.loadedTimer);
    view.loadedTimer = setTimeout(() => {
      // The plane may have been changed meanwhile, to one whose index is not here yet.
      if (view.data.index) this.send({ type: "loaded", viewer: view.id, loaded: view.data.loaded() });
    }, 60);
  }

  on_close(_, view) {
    this.forgetRuns(view);
    this.views.delete(view.id);
  }

  redrawAll() {
    this.views.forEach((view) => this.schedule(view));
  }

  /** Draw soon, once, however many messages ask for it. */
  schedule(view) {
    if (view.due) return;
    view.due = true;
    setTimeout(() => { view.due = false; if (this.views.has(view.id)) this.draw(view); }, 0);
  }

  draw(view) {
    const { state, data } = view;
    if (!data?.index?.epochs.length || !(state.width > 0) || this.painter.lost) return;
    const started = performance.now();
    const dpr = state.dpr;
    const [width, height] = [Math.round(state.width * dpr), Math.round(state.height * dpr)];
    const at = between(data.positions, state.t);
    data.lazy = state.moving && data.index.n > LARGE;
    data.frugal = state.chasing;
    if (state.chasing && this.incomplete(view, at)) return;
    this.painter.begin(width, height, state.background);
    let info = null;
    for (const panel of panelsOf(state, data.index.epochs)) {
      const shown = this.panel(view, panel, at, height);
      info = panel.kind === "latent" && (!info || panel.at === at.near) ? shown : info;
    }
    data.cursor = at.near;
    data.prefetch(at.near);
    this.counters.draws += 1;
    const bitmap = this.painter.picture();
    const told = { ...info, range: view.legendRange ?? null, at: at.near, mix: at.mix, ms: performance.now() - started, painter: this.painter.kind, sample: this.painter.sample ?? null };
    this.send({ type: "drawn", viewer: view.id, bitmap, info: told, counters: { ...this.counters } }, [bitmap]);
    this.numbers(view, at);
  }

  /** Whether something of the picture under the cursor is still on its way; its arrival draws it. */
  incomplete({ state, data }, at) {
    const parts = [at.a, at.b].map((k) => data.frame(data.key(k)));
    if (!state.plain && !data.lazy) parts.push(data.hood(data.key(at.near), state.thresholds));
    return parts.includes(null);
  }

  /** Draw one panel; says which epoch its positions and its split really are of. */
  panel(view, panel, cursor, height) {
    const { state, data } = view;
    const source = panel.kind === "input" ? view.inputs : data;
    if (!source?.index) return null;
    const place = panel.at === undefined ? cursor : { a: panel.at, b: panel.at, mix: 0, near: panel.at };
    const found = this.positionsOf(view, source, place, panel);
    if (!found) return { missing: true };
    const looks = this.looks(view, data, place.near, panel);
    const dpr = state.dpr;
    const camera = this.cameraOf(view, panel);
    const rect = panel.rect.map((side) => Math.round(side * dpr));
    const size = (state.size ?? 1) * pointSize(data.index.n, panel.rect[2] * panel.rect[3], camera.zoom / (state.homeZoom || camera.zoom)) * dpr;
    const drawn = { ...found, ...looks, rect, camera: { ...camera, zoom: camera.zoom * dpr }, size, background: state.background };
    if (view.chosen && state.trails && panel.kind === "latent" && panel.at === undefined && !state.tour) {
      const lines = trailLines(data, view, place, looks);
      if (lines) this.painter.lines(drawn, height, lines.at, lines.colors);
    }
    this.painter.points(drawn, height);
    return { missing: found.missing, splitKey: looks.splitKey, key: data.key(place.near) };
  }

  cameraOf(view, panel) {
    const { state } = view;
    if (panel.kind === "input") return state.inputCamera ?? state.camera;
    return panel.at === undefined && !state.beside ? state.camera : panelCamera(state.camera, panel.rect, state.width, state.height);
  }

  /** Codes of the two epochs around the cursor; the nearest that is here while one is still on its way. */
  positionsOf(view, source, place, panel) {
    const { state } = view;
    const touring = state.tour && panel.kind === "latent";
    const get = (at) => (touring ? source.tour(source.key(at), 0) : source.frame(source.key(panel.kind === "input" ? 0 : at), 0));
    const from = get(place.a);
    const to = place.b === place.a ? from : get(place.b);
    const name = touring ? "coordinates" : "xy";
    const slot = `${panel.kind}${panel.at ?? ""}${touring ? "tour" : ""}`;
    view.last ??= {};
    let found;
    if (from && to) found = { from, to, mix: place.b === place.a ? 0 : place.mix, missing: false };
    else found = from || to ? { from: from ?? to, to: from ?? to, mix: 0, missing: true } : view.last[slot] && { ...view.last[slot], missing: true };
    if (!found || found.from.arrays[name].length === 0) return null;
    view.last[slot] = found;
    return {
      from: found.from.arrays[name], to: found.to.arrays[name], half: found.from.meta.half, mix: found.mix, missing: found.missing,
      tour: touring ? { axes: state.tour.axes, count: found.from.meta.axes } : null,
    };
  }

  /** Codes, flags and palette of the points at one epoch; what is not here yet stays as it was. */
  looks(view, data, at, panel) {
    const { state } = view;
    const key = data.key(at);
    const { n } = data.index;
    view.kept ??= new Map();
    const kept = view.kept.get(panel.at) ?? {};
    const split = state.plain && state.color !== "split" ? null : view.splitter.at(data, key, state.thresholds);
    const codes = codesFor(view, data, key, view.splitter) ?? (kept.color === state.color && kept.codes) ?? null;
    if (!view.none || view.none.length !== n) view.none = new Uint8Array(n).fill(NONE);
    if (split) Object.assign(kept, { core: split.core, splitKey: key });
    const core = kept.core?.length === n ? kept.core : (view.filled ??= new Uint8Array(n).fill(1));
    if (kept.flagsOf !== core || kept.version !== view.version) {
      if (kept.flags) this.painter.release(kept.flags);
      Object.assign(kept, { flags: flagsFor(core, view.mask, view.chosen), flagsOf: core, version: view.version });
    }
    if (codes) Object.assign(kept, { codes, color: state.color });
    view.kept.set(panel.at, kept);
    return {
      codes: codes || view.none, flags: kept.flags, splitKey: kept.splitKey ?? null,
      palette: palette(paletteKind(state.color), state.dark), front: view.front ?? null,
    };
  }

  /** Counts of the epoch next to the cursor, told when they changed; from the table, else from the neighborhoods. */
  numbers(view, at) {
    const { state, data } = view;
    const key = data.key(at.near);
    if (state.plain) return;
    const hood = data.lazy ? data.hoodHere(key, state.thresholds) : data.hood(key, state.thresholds);
    const table = data.lazy || data.frugal ? data.channels.get(`table ${key} ${state.thresholds.M} ${state.thresholds.reading}`) : data.table(key, state.thresholds);
    if (!hood && !table) return;
    const split = hood && view.splitter.at(data, key, state.thresholds, { count: !table });
    const told = `${key} ${split?.name} ${JSON.stringify(state.thresholds)} ${view.version} ${Boolean(table)} ${Boolean(hood)} ${data.frames.has(key)}`;
    if (told === view.told) return;
    view.told = told;
    const found = table ? tableTotals(table, state.thresholds) : split.numbers;
    const clusters = data.frames.get(key)?.arrays.cluster;
    const groups = split && clusters ? perGroup(clusters, split.core, groupCount(clusters)) : null;
    this.send({
      type: "numbers", viewer: view.id, key, thresholds: state.thresholds, numbers: found, groups, chosen: this.chosenNumbers(view, key),
      plane: table && view.planeOf !== table ? { table: table.arrays, meta: table.meta } : null,
      levels: hood ? { width: hood.meta.width, gap: hood.meta.gap_levels, sameBy: hood.meta.same_by, collapsed: hood.meta.collapsed } : null,
    });
    if (table) view.planeOf = table;
  }

  /** Of the selected: how many, how many core now, and what became of those that were core when selected. */
  chosenNumbers(view, key) {
    if (!view.chosen) return null;
    const { data, mask, state } = view;
    const now = view.splitter.at(data, key, state.thresholds)?.core;
    const then = view.maskKey && data.hoodHere(view.maskKey, state.thresholds) ? view.splitter.at(data, view.maskKey, state.thresholds)?.core : null;
    const found = { n: view.chosen, core: 0, wasCore: 0, coreToBorder: 0, borderToCore: 0, since: then ? view.maskKey : null };
    for (let i = 0; now && i < mask.length; i++) {
      if (!mask[i]) continue;
      found.core += now[i];
      if (!then) continue;
      found.wasCore += then[i];
      if (then[i] && !now[i]) found.coreToBorder += 1;
      if (!then[i] && now[i]) found.borderToCore += 1;
    }
    return found;
  }

  /** Positions on the screen now, in latent units: what picking and lassos look at. */
  screen(view, panel) {
    const place = panel?.at === undefined ? between(view.data.positions, view.state.t) : { a: panel.at, b: panel.at, mix: 0, near: panel.at };
    const source = panel?.kind === "input" ? view.inputs : view.data;
    const found = source?.index && this.positionsOf(view, source, place, panel ?? { kind: "latent" });
    return found ? positionsAt(found) : null;
  }

  on_pick({ x, y, radius, panel, ask }, view) {
    const xy = view.data?.index ? this.screen(view, panel) : null;
    const point = xy ? nearest(xy, x, y, radius) : -1;
    const at = point < 0 ? null : [xy[2 * point], xy[2 * point + 1]];
    this.send({ type: "picked", viewer: view.id, point, at, ask });
  }

  on_where({ points, panel }, view) {
    const xy = view.data?.index ? this.screen(view, panel) : null;
    if (xy) this.send({ type: "where", viewer: view.id, points, at: points.map((point) => [xy[2 * point], xy[2 * point + 1]]) });
  }

  on_lasso({ polygon, how, panel }, view) {
    const xy = view.data?.index ? this.screen(view, panel) : null;
    if (xy) this.choose(view, lasso(xy, polygon), how);
  }

  /** Select by what points are: a cluster, a label, and of these all, the core or the border. */
  on_select({ by, how }, view) {
    const { data } = view;
    if (!data?.index) return;
    const key = data.key(between(data.positions, view.state.t).near);
    const codes = by.channel === "label" ? data.points()?.arrays.label : data.frames.get(key)?.arrays[by.channel];
    const core = by.only ? view.splitter.at(data, key, view.state.thresholds)?.core : null;
    if ((by.channel && !codes) || (by.only && !core)) {
      view.wish = { by, how }; // until what it takes has arrived
      return;
    }
    const mask = new Uint8Array(data.index.n);
    for (let i = 0; i < mask.length; i++) {
      mask[i] = (!by.channel || codes[i] === by.code) && (!by.only || core[i] === (by.only === "core" ? 1 : 0)) ? 1 : 0;
    }
    this.choose(view, mask, how);
  }

  on_mask({ mask }, view) {
    view.wish = null;
    this.setMask(view, mask);
    this.schedule(view);
  }

  choose(view, mask, how) {
    view.wish = null;
    this.setMask(view, combine(view.mask, mask, how));
    this.send({ type: "selection", viewer: view.id, mask: view.chosen ? view.mask : null, count: view.chosen });
    this.schedule(view);
  }

  setMask(view, mask) {
    view.mask = mask ?? null;
    view.chosen = mask ? mask.reduce((sum, bit) => sum + bit, 0) : 0;
    if (view.front) this.painter.release(view.front);
    view.front = null;
    if (view.chosen) {
      view.front = new Uint32Array(view.chosen);
      for (let i = 0, k = 0; i < mask.length; i++) if (mask[i]) view.front[k++] = i;
    }
    view.maskKey = view.chosen ? view.data.key(between(view.data.positions, view.state.t).near) : null;
    view.version += 1;
  }

  /** What the export needs of one panel: positions, codes and flags as drawn, colors as on white paper. */
  on_rows({ ask, panel = null }, view) {
    const xy = this.screen(view, panel);
    const at = panel?.at ?? between(view.data.positions, view.state.t).near;
    const looks = this.looks(view, view.data, at, panel ?? {});
    this.send({
      type: "rows", viewer: view.id, ask, xy, codes: looks.codes.slice(), flags: looks.flags.slice(), palette: palette(paletteKind(view.state.color), false).slice(),
      label: view.data.points()?.arrays.label?.slice() ?? null, cluster: view.data.frames.get(view.data.key(at))?.arrays.cluster?.slice() ?? null,
    });
  }

  /** Draw once at another size, for export. */
  on_picture({ ask, width, height, background, dark }, view) {
    const before = view.state;
    const scale = Math.min(width / before.width, height / before.height);
    const zoomed = (camera) => camera && { ...camera, zoom: camera.zoom * scale };
    view.state = {
      ...before, width, height, dpr: 1, background, dark, size: (before.size ?? 1) * scale * 0.8,
      camera: zoomed(before.camera), inputCamera: zoomed(before.inputCamera), homeZoom: (before.homeZoom ?? before.camera.zoom) * scale,
    };
    const at = between(view.data.positions, before.t);
    this.painter.begin(width, height, background);
    for (const panel of panelsOf(view.state, view.data.index.epochs)) this.panel(view, panel, at, height);
    const bitmap = this.painter.picture();
    view.state = before;
    this.send({ type: "picture", viewer: view.id, ask, bitmap }, [bitmap]);
    this.schedule(view);
  }

  /** Any other answer of the server, for the page. */
  on_fetch({ address, ask }, view) {
    const reply = (status, body) => this.send({ type: "fetched", viewer: view.id, ask, status, body });
    this.ask(address, 0).then((body) => reply(200, body), (error) => reply(error.status ?? 0, null));
  }

  /** For tests: throw the context away and get it back. */
  on_lose() {
    const lose = this.painter.gl?.getExtension("WEBGL_lose_context");
    if (!lose) return;
    lose.loseContext();
    setTimeout(() => lose.restoreContext(), 50);
  }

  /** What is held in memory, in bytes. */
  on_memory({ ask }, view) {
    const shelves = [...view.runs.values()].flatMap((data) => [data.frames, data.hoods, data.tours, data.channels]);
    const bytes = shelves.reduce((sum, shelf) => sum + shelf.used, 0);
    this.send({ type: "memory", viewer: view.id, ask, bytes, frames: view.data.frames.items.size, selected: SELECTED && view.chosen });
  }
}
