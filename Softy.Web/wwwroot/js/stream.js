const longestPause = 4000;

/**
 * A stream of server-sent events that comes back: after an error of the network, after an answer that was no stream
 * (which ends an EventSource for good), and when a hidden page is shown again. Hidden pages let go of their streams,
 * since a browser grants a plain-HTTP host only about six connections over all tabs.
 */
export function openStream(path, { events, opened = () => {}, lost = () => {} }) {
  let source;
  let timer;
  let pause = 500;

  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };

  const open = () => {
    close();
    source = new EventSource(path);
    source.addEventListener("open", () => {
      pause = 500;
      opened();
    });
    source.addEventListener("error", () => {
      lost();
      close();
      timer = setTimeout(open, pause);
      pause = Math.min(pause * 2, longestPause);
    });
    for (const [name, handle] of Object.entries(events)) {
      source.addEventListener(name, event => handle(JSON.parse(event.data)));
    }
  };

  document.addEventListener("visibilitychange", () => document.hidden ? close() : open());
  addEventListener("pagehide", close);
  addEventListener("pageshow", event => event.persisted && open());
  if (!document.hidden) {
    open();
  }
}
