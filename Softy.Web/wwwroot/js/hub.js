// The event streams of this browser. As a shared worker it serves every window that shows the page: a browser grants a
// plain-HTTP host about six connections over all its windows, and two streams for each would soon take them all.
// A browser without shared workers imports it into each window instead.

const shortestPause = 500;
const longestPause = 4000;
/** The gateway reports every second. After this much silence the connection is dead, as after a laptop's sleep. */
const longestSilence = 8000;
/** Streams outlive the last shown window this long, so that a reload or a switch of windows does not end them. */
const afterglow = 2000;

/** Each window's port, and whether the window is shown. */
const windows = new Map();

/** A stream of server-sent events that comes back after any error, from where it was. */
class Stream {
  #name;
  #path;
  #types;
  #replays;
  #source;
  #timer;
  #pause = shortestPause;
  #isOpen = false;
  #lastEventId = "";
  #newest;
  /** The windows that have been sent everything up to the last event. */
  #complete = new Set();

  /** The newest event is replayed for a window that arrives, if it says everything by itself. */
  constructor(name, path, types, { replays = false } = {}) {
    this.#name = name;
    this.#path = path;
    this.#types = types;
    this.#replays = replays;
  }

  heardAt = 0;

  open() {
    this.close();
    this.heardAt = Date.now();
    const query = this.#lastEventId && `?lastEventId=${encodeURIComponent(this.#lastEventId)}`;
    this.#source = new EventSource(this.#path + query);
    this.#source.addEventListener("open", () => {
      this.#isOpen = true;
      this.#pause = shortestPause;
      if (!this.#lastEventId) {
        // It does not go on where it was: nobody has what happened before.
        this.#complete.clear();
      }
      for (const port of windows.keys()) {
        this.#greet(port);
      }
    });
    this.#source.addEventListener("error", () => {
      this.close();
      this.#tell({ type: "lost" });
      this.#timer = setTimeout(() => this.open(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, longestPause);
    });
    for (const type of this.#types) {
      this.#source.addEventListener(type, event => {
        this.heardAt = Date.now();
        this.#lastEventId = event.lastEventId || this.#lastEventId;
        this.#newest = { type, data: JSON.parse(event.data) };
        this.#tell(this.#newest);
      });
    }
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
    this.#isOpen = false;
  }

  add(port) {
    if (this.#isOpen) {
      this.#greet(port);
      if (this.#replays && this.#newest) {
        port.postMessage({ stream: this.#name, ...this.#newest });
      }
    }
  }

  remove(port) {
    this.#complete.delete(port);
  }

  /** From this moment on the window gets every event. Anew: what was before it has to read. */
  #greet(port) {
    port.postMessage({ stream: this.#name, type: "open", data: { anew: !this.#complete.has(port) } });
    this.#complete.add(port);
  }

  #tell(message) {
    for (const port of windows.keys()) {
      port.postMessage({ stream: this.#name, ...message });
    }
  }
}

const gateway = new Stream("gateway", "/gateway/status/stream", ["status"], { replays: true });
const live = new Stream("live", "/api/live", ["message", "deleted", "visits", "reset"]);
const streams = [gateway, live];

let watchdog;
let ending;

/** Lets a window take part. It says "shown", "hidden" or "left", and gets what the streams bring, hidden or not. */
export function join(port) {
  port.addEventListener("message", ({ data: state }) => state === "left" ? leave(port) : arrive(port, state === "shown"));
  // Said by newer browsers only; also of a window that has crashed.
  port.addEventListener("close", () => leave(port));
  port.start();
}

function arrive(port, isShown) {
  const isNew = !windows.has(port);
  windows.set(port, isShown);
  if (isNew) {
    streams.forEach(stream => stream.add(port));
  }
  update();
}

function leave(port) {
  windows.delete(port);
  streams.forEach(stream => stream.remove(port));
  update();
}

/** The streams are open while any window is shown. */
function update() {
  if ([...windows.values()].includes(true)) {
    clearTimeout(ending);
    ending = undefined;
    if (!watchdog) {
      streams.forEach(stream => stream.open());
      watchdog = setInterval(restart, longestSilence / 4);
    }
  } else if (watchdog && !ending) {
    ending = setTimeout(rest, afterglow);
  }
}

function rest() {
  ending = undefined;
  clearInterval(watchdog);
  watchdog = undefined;
  streams.forEach(stream => stream.close());
}

function restart() {
  if (Date.now() - gateway.heardAt > longestSilence) {
    streams.forEach(stream => stream.open());
  }
}

if ("SharedWorkerGlobalScope" in globalThis) {
  addEventListener("connect", ({ ports: [port] }) => join(port));
}
