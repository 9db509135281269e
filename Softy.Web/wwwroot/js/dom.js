export const byId = id => document.getElementById(id);

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Builds an element; text is always text, never markup. */
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

/** Writes a text only when it changed, so that nothing is laid out or read out for nothing. */
export function write(node, text) {
  const value = String(text);
  if (node.textContent !== value) {
    node.textContent = value;
  }
}

const mostAnnouncements = 5;

/** Says something to a screen reader: in a paragraph of its own, since the same text in the old one is not spoken again. */
export function announce(text) {
  const announcer = byId("announcer");
  announcer.append(element("p", {}, text));
  if (announcer.childElementCount > mostAnnouncements) {
    announcer.firstElementChild.remove();
  }
}

export function showState(node, text) {
  node.hidden = !text;
  write(node, text ?? "");
}
