// The viewer on the page: state, what the hand does to it, what goes to the worker and what to Python.

import { Camera } from "./camera.js";
import { Sprites } from "./card.js";
import { atMost, count, epochName, h, later, perFrame, readTheme } from "./dom.js";
import { exportPicture, exportTable } from "./exporting.js";
import { between } from "./frames.js";
import { Gestures } from "./gestures.js";
import { KEYS, pressed } from "./keys.js";
import { panelName, panelsOf, STACKED, storyOf } from "./layout.js";
import { lookOf, wear } from "./look.js";
import { fillLegend, TITLES } from "./legend.js";
import { categoryColor } from "./palette.js";
import { Player, SPEEDS } from "./play.js";
import { Points } from "./points.js";
import { projectionOptions, Tour } from "./projections.js";
import { sharedEngine } from "./shared.js";
import { buildShell, colorOptions, fillSelect } from "./shell.js";
import { Sliders } from "./sliders.js";
import { Track } from "./track.js";

let made = 0;
const SCORES = ["acc", "nmi", "purity", "core_share", "id", "loss total"];

/**
 * Called by the loader at every run of the script that changed something; one viewer a place on the page.
 * Streamlit also ends calls that a newer one overtook while they loaded: only the newest may draw and close.
 */
export async function mount(args) {
  const { parentElement: place, turn } = args;
  const style = place.dcvizViewer ? "" : await fetch(args.address("viewer.css")).then((answer) => answer.text());
  if (place.dcvizTurn !== turn) return undefined;
  const viewer = (place.dcvizViewer ??= new Viewer(args, style));
  viewer.update({ ...args, parts: place.dcvizParts.splice(0) });
  return () => {
    if (place.dcvizTurn !== turn) return;
    viewer.close();
    delete place.dcvizViewer;
  };
}

class Viewer {
  constructor(args, style) {
    const { told, carried, address, parentElement } = args;
    this.id = `viewer${++made}`;
    this.options = told.options;
    this.engine = sharedEngine({ base: told.base, carried, address, renderer: told.options.renderer });
    globalThis.dcvizViewer.viewers.set(this.id, this);
    this.waiting = new Map();
    this.tool = "pan";
    this.orders = -1;
    this.stats = { drawn: 0, ms: [] };
    this.track = new Track({ move: (t) => this.scrub(t), release: (t) => this.release(t) });
    this.sliders = new Sliders({ live: (set) => this.thresholdsLive(set), release: (set) => this.thresholdsReleased(set) }, { plane: told.options.controls.includes("plane") });
    this.player = new Player({ move: (t) => this.playMove(t), held: () => this.playHeld(), stopped: (atSwitch) => this.playStopped(atSwitch) }, () => !this.missing, () => this.inSight(), () => Boolean(this.index?.growing));
    this.tour = new Tour(this);
    this.camera = new Camera(this);
    this.points = new Points(this);
    this.player.speed = told.options.speed;
    this.parts = buildShell(this.track, this.sliders, this.actions(), this.options);
    parentElement.append(h("style", {}, style), this.parts.root);
    this.gestures = new Gestures(this, this.parts.stage, this.parts.overlay);
    this.parts.root.addEventListener("keydown", (event) => { if (pressed(this, event)) { event.preventDefault(); event.stopPropagation(); } });
    this.push = perFrame(() => this.send());
    this.commitSoon = later(() => this.commit(), 350);
    this.exactSoon = later(() => this.askExact(), 120);
    this.trustSoon = later(() => this.askTrust(), 900);
    this.sayLater = atMost(() => this.say(), 1000);
    this.state = { width: 0, height: 0, dpr: 1, t: 0, color: this.options.color, projection: this.options.projection, thresholds: told.thresholds, released: told.thresholds, camera: { x: 0, y: 0, zoom: 1 }, beside: this.options.beside === "input", story: null, trails: true, size: 1, since: 0, moving: false, tour: null, plain: !this.options.controls.includes("thresholds") };
    this.theme();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.parts.stage);
    this.observer.observe(this.parts.root);
    this.seen = true;
    this.sight = new IntersectionObserver((entries) => { this.seen = entries.at(-1).isIntersecting; });
    this.sight.observe(this.parts.root);
    this.watchTheme = new MutationObserver(() => this.theme());
    this.watchTheme.observe(document.body, { attributes: true, subtree: false });
  }

  actions() {
    return {
      color: (color) => this.setColor(color), projection: (value) => this.setProjection(value), tool: (tool) => this.setTool(tool),
      selectMenu: (value) => this.points.selectMenu(value), export: (kind) => this.export(kind), home: () => this.camera.home(), story: () => this.toggleStory(),
      help: () => this.help(), play: () => this.toggle(), speed: (value) => { this.player.speed = value; }, score: (value) => this.track.show({ score: value }),
      back: () => this.stepBy(-1), on: () => this.stepBy(1),
    };
  }

  // ---- Python and the page -------------------------------------------------------------------------

  /** New arguments from Python: another run, an order to move, another theme. */
  update(args) {
    const { told, parts, setStateValue } = args;
    Object.assign(this, { told, setStateValue, carried: args.carried });
    if (args.carried) this.engine.onAsk((address) => this.want(address));
    for (const part of parts) {
      this.engine.post({ type: part.given ? "give" : "answer", address: part.address, status: part.status, body: part.body });
      this.wanted?.delete(part.address);
    }
    this.parts.root.style.setProperty("--dv-height", `${told.options.height}px`);
    const before = this.options;
    this.options = told.options;
    if (before.speed !== told.options.speed) this.speed(told.options.speed);
    const changed = this.run !== told.run;
    if (changed) this.openRun(told);
    else if (String(before.panels) !== String(told.options.panels) || String(before.marks) !== String(told.options.marks)) this.obey();
    if (changed) this.orders = told.orders;
    else if (told.orders !== this.orders) {
      this.set({ thresholds: told.thresholds, released: told.thresholds });
      if (told.epoch !== null) this.player.stop();
      if (told.epoch !== null && this.index) this.set({ t: this.clamp(told.epoch) });
      if (this.index) wear(this, told.look);
    }
    this.orders = told.orders;
    this.sliders.show(this.state.thresholds);
    this.joinGroup(told.options.linked);
    this.theme();
  }

  /** What the page wants beside the cursor: epochs side by side, a point marked with others around it. */
  obey() {
    if (!this.index) return;
    const { panels, marks } = this.options;
    if (panels) this.set({ story: Array.isArray(panels) ? panels.map((epoch) => between(this.positions, epoch).near) : storyOf(this.index) });
    this.showTitles();
    this.points.hideCard();
    this.points.mark(marks ?? []);
    if (panels && this.atHome) this.camera.home(false);
  }

  openRun(told) {
    Object.assign(this, { run: told.run, index: null, inputIndex: null, sprites: null, exact: null, startEpoch: told.epoch, atSwitch: false });
    this.homed = false;
    this.points.forget();
    this.tour.end();
    // What the page asks for; else as at the start: another run may have fewer axes, or no such color.
    const asked = told.look?.projection ?? this.options.projection;
    this.state.projection = asked.startsWith("tour") ? "pca-0-1" : asked;
    this.state.color = told.look?.color ?? this.state.color;
    this.state.released = this.state.thresholds = told.thresholds;
    this.engine.post({ type: "open", viewer: this.id, state: { ...this.state, run: told.run } });
    this.parts.badge.textContent = "loading …";
    this.resize();
  }

  /** The fallback's questions, gathered for a moment and asked through the component's state. */
  want(address) {
    this.wanted ??= new Set();
    this.wanted.add(address);
    clearTimeout(this.wantTimer);
    this.wantTimer = setTimeout(() => { if (this.wanted.size) this.setStateValue("want", [...this.wanted].slice(0, 64)); }, 30);
  }

  /** Tell Python where the hand was taken off. */
  commit() {
    this.commitSoon.cancel();
    if (this.told.given) return; // Python handed the pictures over and asks nothing back
    const { t, thresholds } = this.state;
    const view = {
      run: this.run, orders: this.orders, epoch: t, thresholds, ...lookOf(this), paused_at_switch: this.atSwitch,
      umap_wanted: this.umapWanted ?? null,
      picked: this.points.picked,
    };
    const text = JSON.stringify(view);
    if (text === this.committed) return;
    this.committed = text;
    this.setStateValue("view", view);
  }

  close() {
    this.player.stop();
    this.observer.disconnect();
    this.sight.disconnect();
    this.watchTheme.disconnect();
    this.group?.delete(this);
    this.engine.post({ type: "close", viewer: this.id });
    globalThis.dcvizViewer.viewers.delete(this.id);
    this.parts.root.remove();
  }

  joinGroup(name) {
    if (this.groupName === name) return;
    this.group?.delete(this);
    this.groupName = name;
    const { groups } = globalThis.dcvizViewer;
    if (!name) { this.group = null; return; }
    if (!groups.has(name)) groups.set(name, new Set());
    this.group = groups.get(name);
    this.group.add(this);
  }

  /** Pass a change on to linked viewers (they do not pass it back). */
  share(patch) {
    const { t, ...rest } = patch;
    this.group?.forEach((other) => {
      if (other === this || !other.index) return;
      // Viewers that compare two epochs share camera, thresholds and selection, but not the cursor.
      const alone = this.options.own_epoch || other.options.own_epoch || t === undefined;
      other.set(alone ? rest : { ...rest, t: other.clamp(t) }, true);
    });
    document.dispatchEvent(new CustomEvent("dcviz:cursor", { detail: { run: this.run, epoch: this.state.t, thresholds: this.state.thresholds } }));
  }

  // ---- State ---------------------------------------------------------------------------------------

  /** Change the state, show it, send it to the worker at the next frame. */
  set(patch, linked = false) {
    Object.assign(this.state, patch);
    const owed = this.owes(patch);
    if (!owed && "t" in patch && this.chasing) this.chase();
    else if (!owed) this.push();
    if ("t" in patch && !owed) { this.points.hideCard(); if (!this.chasing) this.showEpoch(); }
    if ("thresholds" in patch) { this.sliders.show(patch.thresholds); this.sliders.stale(); }
    if ("color" in patch) { this.parts.color.value = patch.color; this.showLegend(); }
    if (!linked && ("t" in patch || "thresholds" in patch)) this.share(Object.fromEntries(["t", "thresholds", "released", "moving"].filter((name) => name in patch).map((name) => [name, patch[name]])));
    return undefined;
  }

  /** What plays out of sight is not drawn, which would take a core from what is looked at; its halt is. */
  owes(patch) {
    return this.state.moving && !this.seen && Object.keys(patch).every((name) => name === "t" || name === "moving");
  }

  /** Whether this picture or one that plays along can be seen. */
  inSight() {
    return this.seen || [...(this.group ?? [])].some((other) => other.seen);
  }

  /** Whether it plays after a training, which needs the processor: each step is fetched, then drawn, once. */
  get chasing() {
    return this.state.moving && this.player.playing && Boolean(this.index?.growing) && !this.state.tour;
  }

  /** The next step waits for this one's picture, and track and badge change with it, in one frame of the page. */
  chase() {
    this.missing = true;
    this.send();
  }

  send() {
    this.engine.post({ type: "state", viewer: this.id, state: { ...this.state, chasing: this.chasing } });
  }

  showEpoch() {
    this.track.show({ t: this.state.t });
    this.showBadge();
  }

  clamp(t) {
    const { epochs } = this.index;
    return Math.min(epochs.at(-1).position, Math.max(epochs[0].position, t));
  }

  get positions() {
    return this.index.epochs.map((epoch) => epoch.position);
  }

  get near() {
    return between(this.positions, this.state.t).near;
  }

  theme() {
    const theme = readTheme(this.parts.root);
    if (this.shownTheme === JSON.stringify(theme)) return;
    this.shownTheme = JSON.stringify(theme);
    this.parts.root.classList.toggle("dv-dark", theme.dark);
    this.set({ dark: theme.dark, background: theme.background });
    this.track.show({ dark: theme.dark, text: theme.text });
    this.showLegend();
  }

  resize() {
    const { stage, root } = this.parts;
    root.classList.toggle("dv-narrow", root.clientWidth < 720);
    root.classList.toggle("dv-stacked", this.state.beside && stage.clientWidth < STACKED);
    const [width, height] = [stage.clientWidth, stage.clientHeight];
    this.track.show({});
    if (!width || !height) return;
    const dpr = Math.min(3, devicePixelRatio || 1);
    const { state } = this;
    if (state.width === width && state.height === height && state.dpr === dpr) return;
    const scale = state.width ? Math.min(width / state.width, height / state.height) : 1;
    if (this.homed) state.camera = { ...state.camera, zoom: state.camera.zoom * scale };
    Object.assign(state, { width, height, dpr });
    if (this.atHome) this.camera.home(false); else this.push();
    this.camera.restore();
    this.showTitles();
  }

  // ---- What the worker tells -----------------------------------------------------------------------

  receive(message) {
    const started = performance.now();
    const name = `got_${message.type}`;
    (this[name] ? this : this.points)[name]?.(message);
    const asked = message.ask !== undefined && this.waiting.get(message.ask);
    if (asked) { this.waiting.delete(message.ask); asked(message); }
    this.stats.ms.push(performance.now() - started);
    if (this.stats.ms.length > 1000) this.stats.ms.shift();
  }

  /** Ask the worker something and wait for its answer. */
  request(message) {
    const ask = `ask${++made}`;
    return new Promise((resolve) => {
      this.waiting.set(ask, resolve);
      this.engine.post({ ...message, viewer: this.id, ask });
    });
  }

  got_index({ token, index }) {
    if (token === "input") {
      this.inputIndex = index;
      this.camera.home(false);
      return;
    }
    if (token !== this.state.projection || index.id !== this.run) return;
    const before = this.index;
    const follow = before && !before.complete && this.state.t >= before.epochs.at(-1).position;
    this.index = index;
    if (!before || before.tag !== index.tag) this.firstIndex(index);
    else if (before.projection.token !== index.projection.token || before.projection.half !== index.projection.half) { if (this.atHome) this.camera.home(false); }
    else if (this.atHome) this.camera.home(false);
    if (this.player.playing) this.player.follow(this.positions);
    else if (follow) this.set({ t: index.epochs.at(-1).position });
    this.camera.boxChanged();
    this.camera.restore();
    this.track.show({ index, t: this.state.t });
    this.showNote();
    this.trustSoon();
    this.showBadge();
    this.showLegend();
    if (this.state.story && !Array.isArray(this.options.panels)) this.set({ story: storyOf(index) });
  }

  firstIndex(index) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    // What grows and does not play shows its newest epoch, and so goes on with the training.
    const fromFirst = this.options.autoplay && !(still && index.growing);
    const start = this.startEpoch ?? (fromFirst ? index.epochs[0].position : index.epochs.at(-1).position);
    const colors = colorOptions(index);
    if (!colors.includes(this.state.color)) this.state.color = ["cluster", "label", "split"].find((color) => colors.includes(color));
    fillSelect(this.parts.color, colors.map((color) => [color, TITLES[color]]), this.state.color);
    fillSelect(this.parts.projection, projectionOptions(index, this.options), this.state.projection);
    this.tour.offer(this.state.projection);
    const scores = [...new Set(index.epochs.flatMap((epoch) => Object.keys(epoch.scores)))];
    const score = this.options.score ?? SCORES.find((name) => scores.includes(name)) ?? scores[0];
    fillSelect(this.parts.score, scores.map((name) => [name, name]), score ?? "");
    this.track.show({ index, score, loaded: [] });
    this.sprites = index.has.sprites ? new Sprites((file, json) => this.fetchFile(file, json)) : null;
    this.points.fillSelectMenu();
    this.homed = true;
    this.set({ t: this.clamp(start), since: this.sinceDefault(index) });
    this.camera.home(false);
    wear(this, this.told.look);
    this.obey();
    this.player.pauseAt = this.options.pause_at === "switch" ? index.switch : this.options.pause_at;
    if (this.options.autoplay && !still) this.toggle();
    this.sayLater();
  }

  sinceDefault(index) {
    return index.switch === null || index.switch === undefined ? 0 : between(index.epochs.map((epoch) => epoch.position), index.switch).near;
  }

  got_drawn({ bitmap, info, counters }) {
    const { canvas } = this.parts;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
    this.pen ??= canvas.getContext("bitmaprenderer");
    this.pen.transferFromImageBitmap(bitmap);
    this.missing = Boolean(info.missing);
    const ranged = String(info.range) !== String(this.info?.range);
    this.info = info;
    if (ranged) this.showLegend();
    this.stats.drawn += 1;
    this.stats.counters = counters;
    this.stats.engine = info;
    this.parts.root.dataset.drawn = this.stats.drawn;
    this.parts.root.dataset.contexts = counters.contexts;
    this.parts.root.dataset.painter = info.painter;
    this.parts.root.dataset.missing = info.missing ? "1" : "0";
    if (this.chasing) this.showEpoch(); else this.showBadge();
    if (this.points.marked) this.points.moveMarks();
  }

  got_numbers({ key, thresholds, numbers, groups, plane, levels, chosen }) {
    if (!this.index) return; // of the run that was shown before
    this.numbersKey = key;
    if (levels) this.sliders.setAxes(levels);
    if (plane) this.sliders.setAxes(plane);
    const epoch = this.index.epochs.find((one) => one.key === key);
    this.live = { key, thresholds, numbers, groups };
    const exact = this.exact && this.exact.key === key && this.exact.of === JSON.stringify(this.state.thresholds) ? this.exact : null;
    this.sliders.showNumbers(exact ?? numbers, { exact: Boolean(exact), epoch: epoch ? epochName(epoch.position) : key });
    this.sliders.showGroups(groups, (code) => categoryColor(code, this.state.dark));
    this.points.showChosen(chosen);
    if (!exact && !this.state.moving) { this.exactSoon(); this.trustSoon(); }
    this.sayLater();
    if (groups && groups.length !== this.groupCount) {
      this.groupCount = groups.length;
      this.showLegend();
    }
  }

  got_loaded({ loaded }) {
    this.track.show({ loaded });
    if (["displacement", "local_id", "entry"].includes(this.state.color)) this.showLegend();
  }

  got_problem({ text }) {
    this.parts.status.textContent = text;
  }

  // ---- Epochs --------------------------------------------------------------------------------------

  scrub(t) {
    this.player.stop();
    this.set({ t, moving: true });
  }

  release(t) {
    this.set({ t, moving: false });
    this.atSwitch = false;
    this.exactSoon();
    this.commit();
  }

  jump(t) {
    this.player.stop();
    this.atSwitch = false;
    this.set({ t: this.clamp(t), moving: false });
    this.exactSoon();
    this.commitSoon();
  }

  stepBy(direction) {
    if (!this.index) return;
    const { a, mix } = between(this.positions, this.state.t);
    const at = direction > 0 ? a + 1 : mix > 0 ? a : a - 1;
    const { epochs } = this.index;
    this.jump(epochs[Math.min(epochs.length - 1, Math.max(0, at))].position);
  }

  toEnd(which) {
    if (this.index) this.jump(this.index.epochs.at(which ? -1 : 0).position);
  }

  toSwitch() {
    if (this.index?.switch !== null && this.index?.switch !== undefined) this.jump(this.index.switch);
  }

  toggle() {
    if (!this.index) return;
    if (this.player.playing) this.player.stop();
    else { this.atSwitch = false; this.player.start(this.positions, this.state.t); }
    this.showPlay();
  }

  playMove(t) {
    this.set({ t, moving: true });
  }

  playHeld() {
    this.set({ t: this.state.t, moving: false });
    this.exactSoon();
  }

  playStopped(atSwitch) {
    this.atSwitch = atSwitch;
    if (!atSwitch && this.index) this.state.t = this.positions[this.near];
    this.set({ t: this.state.t, moving: false });
    this.showPlay();
    this.exactSoon();
    // At once: what the page does next, a visitor's answer say, must not overtake the news of the halt. A hand
    // or an order that stops the player goes on to move it, and tells that.
    if (atSwitch) this.commit(); else this.commitSoon();
  }

  showPlay() {
    if (!this.parts.play) return;
    this.parts.play.textContent = this.player.playing ? "❚❚" : "▶";
    this.parts.play.setAttribute("aria-label", this.player.playing ? "Pause (space)" : "Play (space)");
  }

  faster(direction) {
    const at = SPEEDS.indexOf(this.player.speed) + direction;
    this.speed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at))]);
  }

  speed(value) {
    this.player.speed = value;
    this.parts.speed.value = String(value);
  }

  showBadge() {
    if (!this.index) return;
    const { epochs, phases } = this.index;
    const { a, b, mix, near } = between(this.positions, this.state.t);
    const phase = phases[epochs[mix > 0.5 ? b : a].phase]?.name ?? "";
    const words = mix > 0
      ? [`between epochs ${epochName(epochs[a].position)} and ${epochName(epochs[b].position)}, interpolated`]
      : [`epoch ${epochName(epochs[near].position)}`];
    if (phase) words.push(phase);
    if (this.info?.missing) words.push("loading …");
    if (this.info?.splitKey && this.info.key && this.info.splitKey !== this.info.key) words.push(`core and border of epoch ${epochName(Number(this.info.splitKey.slice(0, 5)))}`);
    if (this.info?.painter === "canvas") words.push(this.info.sample ? `no WebGL: a sample of ${count(this.info.sample)} of ${count(this.index.n)} points` : "no WebGL");
    this.parts.badge.textContent = words.join(" · ");
    this.parts.badge.classList.toggle("dv-between", mix > 0);
    this.parts.root.dataset.epoch = epochs[near].key;
    this.parts.root.dataset.t = this.state.t;
  }

  // ---- Thresholds ----------------------------------------------------------------------------------

  thresholdsLive(thresholds) {
    this.set({ thresholds });
  }

  thresholdsReleased(thresholds) {
    this.set({ thresholds, released: thresholds, moving: false });
    this.exactSoon.cancel();
    this.askExact();
    this.commit();
  }

  /** Python's numbers for what is shown, from the stored float32 distances. */
  async askExact() {
    if (!this.index || this.state.moving) return;
    const { key } = this.index.epochs[this.near];
    const { thresholds } = this.state;
    const of = JSON.stringify(thresholds);
    if (this.exact?.key === key && this.exact.of === of) { this.showExact(); return; }
    const query = new URLSearchParams({ M: thresholds.M, lambda_ratio: thresholds.lambda_ratio, tau_distance: thresholds.tau_distance, reading: thresholds.reading, v: this.index.tag });
    const answer = await this.fetchAddress(`run/${this.run}/exact/${key}?${query}`);
    if (answer.status !== 200 || of !== JSON.stringify(this.state.thresholds)) return;
    this.exact = { ...JSON.parse(new TextDecoder().decode(answer.body)), of };
    if (this.index.epochs[this.near].key === key) this.showExact();
  }

  showExact() {
    this.sliders.showNumbers(this.exact, { exact: true, epoch: epochName(this.index.epochs[this.near].position) });
  }

  /** An answer of the server: straight from here, so that it never waits for a drawing; else by way of Python. */
  async fetchAddress(address) {
    if (this.told.given) return { status: 404, body: null }; // what was handed over whole has nothing behind it
    if (this.carried) return this.request({ type: "fetch", address });
    try {
      const answer = await fetch(new URL(this.told.base + address, location.origin));
      return { status: answer.status, body: await answer.arrayBuffer() };
    } catch {
      return { status: 0, body: null };
    }
  }

  async fetchFile(file, json) {
    const answer = await this.fetchAddress(`run/${this.run}/sprites/${file}?v=${this.index.tag}`);
    if (answer.status !== 200) throw new Error("no pictures");
    return json ? JSON.parse(new TextDecoder().decode(answer.body)) : URL.createObjectURL(new Blob([answer.body], { type: "image/png" }));
  }

  // ---- Selection and single points -----------------------------------------------------------------

  setTool(tool) {
    this.tool = tool;
    for (const button of this.parts.tools) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    this.parts.stage.dataset.tool = tool;
  }

  escape() {
    if (!this.parts.dialog.hidden) this.parts.dialog.hidden = true;
    else if (this.parts.card.dataset.pinned === "1") this.points.hideCard();
    else { this.points.hideCard(); this.points.clearSelection(); }
    this.focusStage();
  }

  // ---- Looks ---------------------------------------------------------------------------------------

  setColor(color) {
    this.set({ color });
    this.commitSoon();
  }

  nextColor() {
    const options = [...this.parts.color.options].map((option) => option.value);
    if (options.length) this.setColor(options[(options.indexOf(this.state.color) + 1) % options.length]);
  }

  setProjection(value) {
    if (value === "tour") { this.tour.begin(); return; }
    if (value === "axes") { this.tour.askAxes(); return; }
    if (value === "umap-start") { this.tour.askUmap(); return; }
    this.tour.end();
    this.homed = true;
    this.atHome = true;
    this.set({ projection: value });
    this.parts.projection.value = value;
    this.commitSoon();
  }

  /** Ask Python to compute UMAP; the list offers it once the first layout is there. */
  wantUmap() {
    const wish = `${this.run}#${Date.now()}`;
    this.umapWanted = wish;
    this.parts.status.textContent = "UMAP is being computed …";
    this.commit();
    const look = async () => {
      if (this.umapWanted !== wish || !wish.startsWith(`${this.run}#`) || !this.parts.root.isConnected) return;
      const answer = await this.fetchAddress(`run/${this.run}/index.json?at=${Date.now()}`);
      const there = answer.status === 200 && JSON.parse(new TextDecoder().decode(answer.body)).has.umap;
      if (!there) { setTimeout(look, 3000); return; }
      this.parts.status.textContent = "";
      fillSelect(this.parts.projection, projectionOptions({ ...this.index, has: { ...this.index.has, umap: true } }, this.options), this.state.projection);
      this.setProjection("umap");
    };
    setTimeout(look, 3000);
  }

  /** What the picture keeps: its note, and how far neighbors in it are neighbors in the latents. */
  showNote() {
    if (!this.index || this.tour.active) return;
    const { kind, note } = this.index.projection;
    const trust = this.trust?.version === this.index.version ? this.trust : null;
    const words = [note];
    if (trust && this.index.d > 2) words.push(`Trustworthiness at epoch ${epochName(trust.epoch)}: ${trust.trust.toFixed(3)} (${trust.k} neighbors, ${trust.rows} sampled points).`);
    if (kind === "umap" && !this.index.complete) words.push("More epochs are being placed.");
    else if (this.index.growing) words.push("This run is growing.");
    this.parts.note.textContent = words.join(" ");
  }

  async askTrust() {
    if (!this.index || this.index.d <= 2 || this.state.moving || this.tour.active || this.player.playing) return;
    const { version } = this.index;
    const epoch = this.index.epochs[this.near];
    const answer = await this.fetchAddress(`run/${this.run}/trust/${version}/${epoch.key}`);
    if (answer.status !== 200) return;
    const found = JSON.parse(new TextDecoder().decode(answer.body));
    if (typeof found.trust === "number") this.trust = { ...found, version, epoch: epoch.position };
    this.showNote();
  }

  toggleStory() {
    if (!this.index) return;
    this.set({ story: this.state.story ? null : storyOf(this.index) });
    this.points.hideCard();
    this.showTitles();
    this.camera.home(false);
  }

  /** Show how far each point moved since the epoch under the cursor. */
  measureFromHere() {
    if (!this.index) return;
    this.set({ since: this.near });
    this.setColor("displacement");
  }

  toggleTrails() {
    this.set({ trails: !this.state.trails });
  }

  showTitles() {
    if (!this.index) return;
    const panels = panelsOf(this.state, this.index.epochs);
    const titles = panels.map((panel) => {
      if (panel.at === undefined && !this.state.beside) return null;
      const words = panelName(panel, this.index);
      return h("div", { class: "dv-title", style: `left:${panel.rect[0]}px;top:${panel.rect[1]}px;width:${panel.rect[2]}px;height:${panel.rect[3]}px` }, h("span", {}, words));
    });
    this.parts.titles.replaceChildren(...titles.filter(Boolean));
    const { badge } = this.parts, [x, y, width] = panels.at(-1).rect; // inputs have no epoch
    badge.hidden = Boolean(this.state.story);
    badge.style.cssText = `left:${x + 8}px;top:${y + 8}px;max-width:${width - 16}px`;
  }

  showLegend() {
    if (!this.index) return;
    this.parts.legend.classList.toggle("dv-legend-up", Boolean(this.state.story));
    fillLegend(this.parts.legend, {
      color: this.state.color, index: this.index, dark: this.state.dark, codes: Math.max(this.index.clusters ?? 0, this.state.color === "cluster" ? (this.groupCount ?? 0) : 0),
      range: this.info?.range, since: this.index.epochs[this.state.since] ? epochName(this.index.epochs[this.state.since].position) : "",
      plain: this.state.plain, room: Math.min(...panelsOf(this.state, this.index.epochs).map((panel) => panel.rect[2])),
      choose: (by, event) => this.points.select(by, event.shiftKey ? "add" : "replace"),
    });
    this.showTitles();
  }

  focusStage() {
    this.parts.stage.focus({ preventScroll: true });
  }

  help() {
    const { dialog } = this.parts;
    if (!dialog.hidden) { dialog.hidden = true; return; }
    dialog.replaceChildren(h("b", {}, "Keys"), h("dl", { class: "dv-keys" }, KEYS.flatMap(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)])), h("button", { type: "button", class: "dv-button", onclick: () => this.escape() }, "close"));
    dialog.hidden = false;
  }

  async export(kind) {
    if (!kind || !this.index) return;
    if (kind === "csv") await exportTable(this);
    else await exportPicture(this, kind);
  }

  /** One sentence for those who hear the page. */
  say() {
    if (!this.index) return;
    const epoch = this.index.epochs[this.near];
    const parts = [`epoch ${epochName(epoch.position)} of ${epochName(this.index.planned)}`, this.index.phases[epoch.phase]?.name];
    const found = this.exact?.key === epoch.key ? this.exact : this.live?.key === epoch.key ? this.live.numbers : null;
    if (found) parts.push(`${count(found.core)} core, ${count(found.border)} border`);
    if (this.points.count) parts.push(`${count(this.points.count)} selected`);
    const text = parts.filter(Boolean).join(", ");
    this.parts.stage.setAttribute("aria-label", `${this.index.name}: ${text}. Press question mark for keys.`);
    if (!this.player.playing) this.parts.live.textContent = text;
  }
}
