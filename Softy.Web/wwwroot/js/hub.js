// Holds the event streams for all windows of this browser, as a shared worker. A browser opens about six connections
// to a plain-HTTP host over all its windows, and two streams per window would soon use them up. In a browser without
// shared workers each window imports this module and has its own streams.

const minPause = 500;
const maxPause = 4000;
/** The gateway reports every second. After this time without a report the connection is dead, as after a sleep. */
const reportTimeout = 8000;
/** How long the streams stay open after the last window was hidden, so that a reload does not close them. */
const closeDelay = 2000;

/** The port of each window, and whether the window is visible. */
const windows = new Map();

/** A stream of server-sent events that reconnects after an error and resumes after the last event. */
class Stream {
  #name;
  #path;
  #types;
  #replays;
  #source;
  #timer;
  #pause = minPause;
  #isOpen = false;
  #lastEventId = "";
  #newest;
  /** The windows that have received all events up to the last one. */
  #upToDate = new Set();

  /** With `replays`, a new window gets the newest event again. For streams whose events are complete reports. */
  constructor(name, path, types, { replays = false } = {}) {
    this.#name = name;
    this.#path = path;
    this.#types = types;
    this.#replays = replays;
  }

  lastEventAt = 0;

  open() {
    this.close();
    this.lastEventAt = Date.now();
    const query = this.#lastEventId && `?lastEventId=${encodeURIComponent(this.#lastEventId)}`;
    this.#source = new EventSource(this.#path + query);
    this.#source.addEventListener("open", () => {
      this.#isOpen = true;
      this.#pause = minPause;
      if (!this.#lastEventId) {
        // The stream does not resume, so all windows may have missed events.
        this.#upToDate.clear();
      }
      for (const port of windows.keys()) {
        this.#sendOpen(port);
      }
    });
    this.#source.addEventListener("error", () => {
      this.close();
      this.sendLost();
      this.#timer = setTimeout(() => this.open(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, maxPause);
    });
    for (const type of this.#types) {
      this.#source.addEventListener(type, event => {
        this.lastEventAt = Date.now();
        this.#lastEventId = event.lastEventId || this.#lastEventId;
        this.#newest = { type, data: JSON.parse(event.data) };
        this.#broadcast(this.#newest);
      });
    }
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
    this.#isOpen = false;
  }

  /** Tells the windows that they get no events until the stream is open again. */
  sendLost() {
    this.#broadcast({ type: "lost" });
  }

  add(port) {
    if (this.#isOpen) {
      this.#sendOpen(port);
      if (this.#replays && this.#newest) {
        port.postMessage({ stream: this.#name, ...this.#newest });
      }
    }
  }

  remove(port) {
    this.#upToDate.delete(port);
  }

  /** Tells a window that it gets every event from now on, and whether it may have missed earlier ones. */
  #sendOpen(port) {
    port.postMessage({ stream: this.#name, type: "open", data: { missedEvents: !this.#upToDate.has(port) } });
    this.#upToDate.add(port);
  }

  #broadcast(message) {
    for (const port of windows.keys()) {
      port.postMessage({ stream: this.#name, ...message });
    }
  }
}

const gateway = new Stream("gateway", "/gateway/status/stream", ["status"], { replays: true });
const live = new Stream("live", "/api/live", ["message", "deleted", "visits", "visits-unavailable", "reset"]);
const streams = [gateway, live];

let watchdog;
let closeTimer;

/** Connects a window, which sends "shown", "hidden" or "left" and receives the events of all streams. */
export function connectWindow(port) {
  port.addEventListener("message", ({ data: state }) => {
    if (state === "left") {
      removeWindow(port);
    } else {
      updateWindow(port, state === "shown");
    }
  });
  // Newer browsers send it, also when a window has crashed.
  port.addEventListener("close", () => removeWindow(port));
  port.start();
}

function updateWindow(port, isShown) {
  const isNew = !windows.has(port);
  windows.set(port, isShown);
  if (isNew) {
    streams.forEach(stream => stream.add(port));
  }
  updateStreams();
}

function removeWindow(port) {
  windows.delete(port);
  streams.forEach(stream => stream.remove(port));
  updateStreams();
}

/** Opens the streams while a window is visible, and closes them later. */
function updateStreams() {
  if ([...windows.values()].includes(true)) {
    clearTimeout(closeTimer);
    closeTimer = undefined;
    if (!watchdog) {
      streams.forEach(stream => stream.open());
      watchdog = setInterval(reopenDeadStreams, reportTimeout / 4);
    }
  } else if (watchdog && !closeTimer) {
    closeTimer = setTimeout(closeStreams, closeDelay);
  }
}

function closeStreams() {
  closeTimer = undefined;
  clearInterval(watchdog);
  watchdog = undefined;
  streams.forEach(stream => stream.close());
}

function reopenDeadStreams() {
  if (Date.now() - gateway.lastEventAt > reportTimeout) {
    for (const stream of streams) {
      stream.open();
      stream.sendLost();
    }
  }
}

if ("SharedWorkerGlobalScope" in globalThis) {
  addEventListener("connect", ({ ports: [port] }) => connectWindow(port));
}
