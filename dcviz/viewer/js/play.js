// Playback: from stored epoch to stored epoch, at an even pace, with a stop at the switch where asked for.

import { between } from "./frames.js";
import { pollAfter } from "./rundata.js";

export const SPEEDS = [0.25, 0.5, 1, 2, 4];

/** Seconds between steps where nothing moves or nobody looks: the curves that follow still move, and the core is free. */
const IDLE_PACE = 0.25;
/** Milliseconds between pictures of a run that grows: they share the processor with its training. */
const GENTLE_REST = 50;
/** Seconds that one step may pass in a run that grows: what waits for its picture keeps up with the training. */
const LONGEST_STEP = 1;

export class Player {
  /**
   * `on` hears {move(t), held(), stopped(atSwitch)}; `ready()` tells whether the frame under the cursor is here,
   * `seen()` whether a picture that plays along is in sight, `grows()` whether the run is being trained.
   */
  constructor(on, ready, seen = () => true, grows = () => false) {
    Object.assign(this, { on, ready, seen, grows, playing: false, speed: 1, pauseAt: null });
  }

  start(positions, t) {
    if (positions.length < 2 && !this.grows()) return;
    this.positions = positions;
    const end = positions.at(-1);
    if (t >= end && !this.grows()) this.on.move((t = positions[0]));
    this.playing = true;
    this.held = false;
    this.turn = {}; // a step that waits since before a pause is not taken
    this.before = null;
    this.t = t;
    // Even in stored epochs, not in epochs: where snapshots lie dense, around the switch, time runs slower.
    this.place = placeOf(positions, t);
    this.pace = Math.min(30, Math.max(2, positions.length / 14));
    this.follow(positions);
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.next();
  }

  /** The run has grown: play on into what is new, so fast that its newest epoch is reached when its index is read again. */
  follow(positions) {
    if (!this.playing || positions.length < this.positions.length) return;
    const more = positions.length > this.positions.length;
    this.positions = positions;
    if (this.grows()) this.pace = Math.max(6, (1000 * (positions.length - 1 - this.place)) / pollAfter(positions.length));
    if (!this.held || !more) return;
    this.held = false;
    this.turn = {}; // at once, not at the end of its rest
    this.next();
  }

  next() {
    const { turn } = this;
    const step = (now) => { if (turn === this.turn) this.step(now); };
    const idle = this.held || !this.seen();
    if (!idle && !this.grows()) requestAnimationFrame(step);
    else setTimeout(() => step(performance.now()), idle ? IDLE_PACE * 1000 : GENTLE_REST);
  }

  stop(atSwitch = false) {
    if (!this.playing) return;
    this.playing = false;
    this.on.stopped(atSwitch);
  }

  step(now) {
    if (!this.playing) return;
    // The time of a frame may lie before that of the step out of sight that asked for it.
    const since = this.before === null ? 0 : Math.max(0, (now - this.before) / 1000);
    const most = this.grows() ? LONGEST_STEP : this.seen() ? 0.1 : 2 * IDLE_PACE;
    if (this.ready()) {
      this.before = now;
      this.advance(Math.min(most, since));
    }
    if (this.playing) this.next();
  }

  advance(seconds) {
    const { positions } = this;
    const before = this.t;
    const last = positions.length - 1;
    if (this.place >= last && this.grows()) {
      // Nothing newer yet: the picture rests, and its numbers may be looked up.
      if (!this.held) this.on.held();
      this.held = true;
      return;
    }
    this.held = false;
    if (this.still) {
      // Reduced motion: whole steps, one a second, nothing tweens.
      this.waited = (this.waited ?? 0) + seconds * this.speed;
      if (this.waited < 1) return;
      this.waited = 0;
      this.place = Math.floor(this.place + 1e-6) + 1;
    } else this.place += seconds * this.pace * this.speed;
    const at = Math.min(last, Math.floor(this.place));
    // What passes several epochs from picture to picture shows stored ones, of which one is fetched, not two.
    const leaps = this.grows() && this.pace * this.speed * GENTLE_REST >= 1000;
    const rest = leaps ? 0 : Math.min(1, this.place - at);
    this.t = at >= last ? positions[last] : positions[at] + (positions[at + 1] - positions[at]) * rest;
    if (this.pauseAt !== null && before < this.pauseAt && this.t >= this.pauseAt) {
      this.t = this.pauseAt;
      this.on.move(this.t);
      this.stop(true);
      return;
    }
    this.on.move(this.t);
    if (at < last) return;
    this.place = last;
    if (!this.grows()) this.stop();
  }
}

function placeOf(positions, t) {
  const { a, mix } = between(positions, t);
  return a + mix;
}
