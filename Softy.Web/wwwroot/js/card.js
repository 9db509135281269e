import { send } from "./api.js";
import { announce, byId, element, write } from "./dom.js";
import { keepToken, tokenOf } from "./tokens.js";

const excerptLength = 40;
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** A message as it is shown; `removed` is called once it was deleted from here. */
export function card(message, isNew, removed) {
  const time = element("time", { datetime: message.createdAt, title: new Date(message.createdAt).toLocaleString("en") });
  const text = element("p", { class: "card-text", dir: "auto" }, message.text);
  const foot = element("p", { class: "card-foot" }, element("span", { class: "card-author", dir: "auto" }, message.author), time);
  const root = element("li", { class: isNew ? "card card-new" : "card", "data-id": message.id }, text, foot);
  const tick = () => write(time, age(message.createdAt));
  let button;
  const offerDeletion = () => {
    if (!button && tokenOf(message.id)) {
      button = deleteButton(message, removed);
      foot.append(button);
    }
  };

  tick();
  offerDeletion();
  return {
    root,
    tick,
    offerDeletion,
    /** A long text scrolls within its card, also by keyboard. */
    placed() {
      if (text.scrollHeight > text.clientHeight) {
        text.tabIndex = 0;
      }
    },
  };
}

function age(createdAt) {
  const seconds = Math.max(0, (Date.now() - Date.parse(createdAt)) / 1000);
  return seconds < 45 ? "just now"
    : seconds < 2700 ? ago.format(-Math.round(seconds / 60), "minute")
    : seconds < 79200 ? ago.format(-Math.round(seconds / 3600), "hour")
    : ago.format(-Math.round(seconds / 86400), "day");
}

function deleteButton(message, removed) {
  const excerpt = [...message.text].slice(0, excerptLength).join("");
  const label = element("span", {}, "Delete");
  const rest = element("span", { class: "visually-hidden" }, `your message “${excerpt}”`);
  const button = element("button", { class: "link", type: "button" }, label, " ", rest);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await send(`/api/messages/${encodeURIComponent(message.id)}`, { method: "DELETE", headers: { "X-Owner-Token": tokenOf(message.id) } });
    } catch (error) {
      // Not found: it was deleted, perhaps by an attempt whose answer was lost.
      if (error.status !== 404) {
        button.disabled = false;
        write(label, error.status === 403 ? "Not yours" : "Try again");
        write(rest, `to delete your message “${excerpt}”`);
        announce(error.status === 403 ? "This message is not yours to delete." : "The message was not deleted. Try again.");
        button.focus();
        return;
      }
    }
    keepToken(message.id, null);
    removed();
    announce("Message deleted.");
    byId("text").focus();
  });
  return button;
}
