export const byId = id => document.getElementById(id);

export const prefersReducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Creates an element. Children that are strings become text, never markup. */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) {
      node.setAttribute(key, value === true ? "" : value);
    }
  }
  node.append(...children);
  return node;
}

/** Sets a text only if it changed, which avoids needless layout and announcements. */
export function setText(node, text) {
  const value = String(text);
  if (node.textContent !== value) {
    node.textContent = value;
  }
}

const maxAnnouncements = 5;

/** Announces a text to screen readers, in a new paragraph, because they do not repeat an unchanged one. */
export function announce(text) {
  const announcer = byId("announcer");
  announcer.append(element("p", {}, text));
  if (announcer.childElementCount > maxAnnouncements) {
    announcer.firstElementChild.remove();
  }
}

/** Shows a hint, or nothing. */
export function showState(node, text, kind = "") {
  node.hidden = !text;
  node.dataset.kind = kind;
  setText(node, text ?? "");
}

/** Shows what does not work right now. */
export const showError = (node, text) => showState(node, text, "error");
