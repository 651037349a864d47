// Frames and other answers of the server: fetched once, kept while there is room, the oldest let go first.

/** A map that forgets what was used longest ago once its weight passes the budget. */
export class Budget {
  constructor(bytes, onDrop = () => {}) {
    this.bytes = bytes;
    this.used = 0;
    this.onDrop = onDrop;
    this.items = new Map();
  }

  get(name) {
    const item = this.items.get(name);
    if (item) {
      this.items.delete(name);
      this.items.set(name, item);
    }
    return item?.value;
  }

  has(name) {
    return this.items.has(name);
  }

  set(name, value, weight) {
    this.delete(name);
    this.items.set(name, { value, weight });
    this.used += weight;
    for (const oldest of this.items.keys()) {
      if (this.used <= this.bytes || oldest === name) break;
      this.delete(oldest);
    }
  }

  delete(name) {
    const item = this.items.get(name);
    if (!item) return;
    this.items.delete(name);
    this.used -= item.weight;
    this.onDrop(name, item.value);
  }
}

/**
 * Fetch answers, a few at a time, the most wanted first. `fetcher(address)` gives an ArrayBuffer;
 * over HTTP that is fetch, over the websocket a question to Python.
 */
export class Queue {
  constructor(fetcher, { parallel = 4 } = {}) {
    this.fetcher = fetcher;
    this.parallel = parallel;
    this.running = 0;
    this.waiting = new Map();
    this.pending = new Map();
  }

  /** Ask for an answer; a lower rank comes first. Asking again for what is on its way costs nothing. */
  ask(address, rank = 0) {
    const known = this.pending.get(address);
    if (known) {
      const waiting = this.waiting.get(address);
      if (waiting) waiting.rank = Math.min(waiting.rank, rank);
      return known;
    }
    const promise = new Promise((resolve, reject) => this.waiting.set(address, { rank, resolve, reject }));
    this.pending.set(address, promise);
    queueMicrotask(() => this.pump());
    return promise;
  }

  /** Drop what waits and is no longer wanted (a longer jump, another projection). */
  forget(keep) {
    for (const [address, { reject }] of this.waiting) {
      if (keep(address)) continue;
      this.waiting.delete(address);
      this.pending.delete(address);
      reject(new DOMException("no longer wanted", "AbortError"));
    }
  }

  pump() {
    while (this.running < this.parallel && this.waiting.size) {
      let best = null;
      for (const [address, entry] of this.waiting) if (!best || entry.rank < best[1].rank) best = [address, entry];
      const [address, { resolve, reject }] = best;
      this.waiting.delete(address);
      this.running += 1;
      this.fetcher(address).then(resolve, reject).finally(() => {
        this.running -= 1;
        this.pending.delete(address);
        this.pump();
      });
    }
  }
}
