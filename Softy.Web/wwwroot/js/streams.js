import { connectWindow } from "./hub.js";

/** How long a stream may be lost, as after a replica has stopped, before what it brought counts as outdated. */
const maxAbsence = 3000;

const listeners = new Map();
const absences = new Map();
const hub = import.meta.resolve("./hub.js");
let port;

/**
 * Registers handlers for the events of a stream, by type. "open" means that all events arrive from now on, and has
 * whether earlier ones may be missing. "lost" means that no events arrive until the next "open", and "outage" that it
 * has been so for seconds.
 */
export const listen = (stream, handlers) => listeners.set(stream, [...listeners.get(stream) ?? [], handlers]);

/** Opens the streams, shared with the browser's other windows where the browser supports it. */
export function openStreams() {
  if (!openInWorker()) {
    openInWindow();
  }
  document.addEventListener("visibilitychange", sendVisibility);
  addEventListener("pagehide", () => port.postMessage("left"));
  addEventListener("pageshow", event => event.persisted && sendVisibility());
}

function openInWorker() {
  try {
    const policy = globalThis.trustedTypes?.createPolicy("softy-hub", { createScriptURL: () => hub });
    const worker = new SharedWorker(policy ? policy.createScriptURL("") : hub, { type: "module" });
    worker.addEventListener("error", openInWindow, { once: true });
    usePort(worker.port);
    return true;
  } catch {
    return false;
  }
}

function openInWindow() {
  const { port1, port2 } = new MessageChannel();
  connectWindow(port1);
  usePort(port2);
}

function usePort(newPort) {
  port = newPort;
  port.onmessage = ({ data: { stream, type, data } }) => {
    watchAbsence(stream, type);
    notify(stream, type, data);
  };
  sendVisibility();
}

function watchAbsence(stream, type) {
  if (type === "open") {
    clearTimeout(absences.get(stream));
    absences.delete(stream);
  } else if (type === "lost" && !absences.has(stream)) {
    absences.set(stream, setTimeout(() => notify(stream, "outage"), maxAbsence));
  }
}

function notify(stream, type, data) {
  for (const handlers of listeners.get(stream) ?? []) {
    handlers[type]?.(data);
  }
}

function sendVisibility() {
  port.postMessage(document.hidden ? "hidden" : "shown");
}
