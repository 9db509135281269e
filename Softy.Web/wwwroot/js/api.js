/** A response that is not a success. Status 0 means that there was no response. */
export class RequestError extends Error {
  constructor(status, problem, isRefused = false) {
    super(problem?.detail ?? problem?.title ?? (status ? `Status ${status}` : "No answer"));
    this.status = status;
    this.errors = problem?.errors ?? {};
    /** Whether it is certain that the request had no effect. It is not after a broken connection, for example. */
    this.isRefused = isRefused;
  }
}

const listeners = new Set();

/** Calls back with the outcome of every request that this page sends. */
export const onRequest = listener => listeners.add(listener);

/** Sends a request through the gateway. Resolves with the response, the replica that answered, and the latency. */
export async function send(path, { method = "GET", headers = {}, json, timeout = 15000 } = {}) {
  const started = performance.now();
  let response;
  try {
    response = await fetch(path, {
      method,
      cache: "no-store",
      headers: json === undefined ? headers : { "Content-Type": "application/json", ...headers },
      body: json === undefined ? undefined : JSON.stringify(json),
      signal: AbortSignal.timeout(timeout),
    });
  } catch {
    notify({ instance: null, ok: false });
    throw new RequestError(0);
  }

  const instance = response.headers.get("X-Softy-Instance");
  notify({ instance: response.status < 500 ? instance : null, ok: response.status < 500 });
  if (!response.ok) {
    const isRefused = response.status < 500 || response.headers.has("Retry-After");
    throw new RequestError(response.status, await response.json().catch(() => undefined), isRefused);
  }

  return { response, instance, milliseconds: performance.now() - started };
}

function notify(outcome) {
  for (const listener of listeners) {
    listener(outcome);
  }
}

/** Creates a random idempotency key. crypto.randomUUID exists only on secure origins, not with plain HTTP. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
}
