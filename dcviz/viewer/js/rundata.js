// One run under one projection, as far as it is in the browser: its index, frames, neighborhoods, channels.

import { Budget } from "./cache.js";
import { unpack } from "./frames.js";

const FRAME_BYTES = 150e6;
const HOOD_BYTES = 40e6;
const FEW_EPOCHS = 40;
/** Rank of what is fetched before anybody looks at it. */
const AHEAD = 5;

/** Milliseconds until the index of a run that grows is read again; less while it has just begun, with little to play. */
export const pollAfter = (epochs) => (epochs < FEW_EPOCHS ? 250 : 1500);

export class RunData {
  /**
   * `port` fetches: port.ask(address, rank) gives a buffer; `told` hears what changed: "arrived" is what somebody
   * looks for, "ahead" what was fetched before that and changes no picture yet.
   */
  constructor(run, token, { port, painter, told }) {
    Object.assign(this, { run, token, port, painter, told });
    this.index = null;
    this.positions = [];
    this.constants = null;
    const drop = (_, item) => painter().release(...Object.values(item.arrays));
    this.frames = new Budget(FRAME_BYTES, drop);
    this.hoods = new Budget(HOOD_BYTES);
    this.tours = new Budget(HOOD_BYTES, drop);
    this.channels = new Budget(HOOD_BYTES, drop);
    this.failed = new Set();
    this.awaited = new Set();
    /** Set beside a training, which needs the processor: nothing is fetched before it is looked for. */
    this.frugal = false;
    this.prefetching = 0;
    this.closed = false;
    this.bytes = 0;
    this.refresh();
  }

  /** Read the index; again after a while as long as the run grows. */
  async refresh() {
    clearTimeout(this.timer);
    if (this.closed) return;
    try {
      const buffer = await this.port.ask(`run/${this.run}/index.json?projection=${this.token}`, 0, { fresh: true });
      this.take(JSON.parse(new TextDecoder().decode(buffer)));
    } catch (error) {
      if (error.name !== "AbortError") this.told("error", String(error.message));
    }
    if (!this.index || !this.index.complete) this.timer = setTimeout(() => this.refresh(), pollAfter(this.index?.growing ? this.positions.length : Infinity));
  }

  take(index) {
    const before = this.index;
    const changed = JSON.stringify(before) !== JSON.stringify(index);
    this.index = index;
    this.positions = index.epochs.map((epoch) => epoch.position);
    if (before && (before.version !== index.version || before.tag !== index.tag)) {
      for (const shelf of [this.frames, this.tours]) [...shelf.items.keys()].forEach((key) => shelf.delete(key));
      this.failed.clear();
    }
    if (changed) this.told("index", index);
  }

  key(at) {
    return this.index.epochs[at]?.key;
  }

  frame(key, rank = 0) {
    return this.thing(this.frames, key, `run/${this.run}/frame/${this.index.version}/${key}`, rank);
  }

  tour(key, rank = 0) {
    return this.thing(this.tours, key, `run/${this.run}/tour/${this.index.version}/${key}`, rank);
  }

  /** Neighborhoods as a reading of the second filter needs them; "paper" and "relative" share theirs. */
  hood(key, { reading }, rank = 1) {
    const query = reading === "released code" ? "reading=released%20code&" : "";
    return this.thing(this.hoods, `${key} ${query}`, `run/${this.run}/hood/${key}?${query}v=${this.index.tag}`, rank, (hood) => { hood.n = this.index.n; });
  }

  /** The same if they are here already; nothing is asked for. */
  hoodHere(key, { reading }) {
    return this.hoods.get(`${key} ${reading === "released code" ? "reading=released%20code&" : ""}`);
  }

  table(key, { M, reading }, rank = 3) {
    return this.thing(this.channels, `table ${key} ${M} ${reading}`, `run/${this.run}/table/${key}?M=${M}&reading=${encodeURIComponent(reading)}&v=${this.index.tag}`, rank);
  }

  channel(name, address, rank = 2) {
    return this.thing(this.channels, name, `run/${this.run}/${address}`, rank);
  }

  points() {
    return this.channel("points", `points?v=${this.index.tag}`, 1);
  }

  /** What is here; null after asking for it, the view is told when it came; undefined where there is none. */
  thing(shelf, name, address, rank, ready = () => {}) {
    const known = shelf.get(name);
    if (known || this.failed.has(address) || this.closed) return known;
    const { version } = this.index;
    if (rank < AHEAD) this.awaited.add(address);
    this.port.ask(address, rank).then((buffer) => {
      const looked = this.awaited.delete(address);
      if (this.closed || shelf.has(name)) return;
      if (address.includes("/frame/") && this.index.version !== version) return;
      const item = unpack(buffer);
      ready(item);
      this.bytes += buffer.byteLength;
      shelf.set(name, item, buffer.byteLength);
      this.told(looked ? "arrived" : "ahead", name);
    }).catch((error) => {
      this.awaited.delete(address);
      if (error.name === "AbortError") return;
      this.failed.add(address);
      if (error.status === 404 && address.includes(version)) this.refresh();
      else this.told("error", String(error.message));
    });
    return null;
  }

  /** Fetch the frames nearest to the cursor that are not here yet, two at a time, as many as the budget holds. */
  prefetch(at) {
    if (!this.index || this.closed || this.frugal) return;
    const size = this.frames.items.size ? this.frames.used / this.frames.items.size : 6 * this.index.n;
    const room = Math.max(3, Math.floor(FRAME_BYTES / Math.max(1, size)) - 1);
    const order = this.positions.map((_, k) => k).sort((x, y) => Math.abs(x - at) - Math.abs(y - at)).slice(0, room);
    for (const k of order) {
      if (this.prefetching >= 2) return;
      const key = this.key(k);
      if (this.frames.has(key) || this.failed.has(`run/${this.run}/frame/${this.index.version}/${key}`)) continue;
      this.prefetching += 1;
      const address = `run/${this.run}/frame/${this.index.version}/${key}`;
      this.frame(key, AHEAD);
      const settle = () => { this.prefetching -= 1; setTimeout(() => this.prefetch(this.cursor ?? at), 0); };
      (this.port.pending.get(address) ?? Promise.resolve()).then(settle, settle);
    }
  }

  loaded() {
    return this.index.epochs.map((epoch) => (this.frames.has(epoch.key) ? 1 : 0));
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    for (const shelf of [this.frames, this.hoods, this.tours, this.channels]) {
      [...shelf.items.keys()].forEach((name) => shelf.delete(name));
    }
  }
}
