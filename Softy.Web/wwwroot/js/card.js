import { send } from "./api.js";
import { announce, byId, element, setText } from "./dom.js";
import { setToken, tokenOf } from "./tokens.js";

const excerptLength = 40;
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** Creates the card of a message. Calls `onDeleted` after the message was deleted with the card's button. */
export function createCard(message, isNew, onDeleted) {
  const title = new Date(message.createdAt).toLocaleString("en");
  const time = element("time", { datetime: message.createdAt, title });
  const text = element("p", { class: "card-text", dir: "auto" }, message.text);
  const author = element("span", { class: "card-author", dir: "auto" }, message.author);
  const foot = element("p", { class: "card-foot" }, author, time);
  const root = element("li", { class: isNew ? "card card-new" : "card", "data-id": message.id }, text, foot);
  const updateAge = () => setText(time, age(message.createdAt));
  let button;
  const showDeleteButton = () => {
    if (!button && tokenOf(message.id)) {
      button = createDeleteButton(message, onDeleted);
      foot.append(button);
    }
  };

  updateAge();
  showDeleteButton();
  return {
    root,
    updateAge,
    showDeleteButton,
    /** Makes a long text scroll by keyboard too. Call it when the card is in the document. */
    makeScrollable() {
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

function createDeleteButton(message, onDeleted) {
  const excerpt = [...message.text].slice(0, excerptLength).join("");
  const label = element("span", {}, "Delete");
  const rest = element("span", { class: "visually-hidden" }, `your message “${excerpt}”`);
  const button = element("button", { class: "link", type: "button" }, label, " ", rest);
  button.addEventListener("click", async () => {
    if (button.hasAttribute("aria-disabled")) {
      return;
    }

    // A button that becomes disabled would lose the focus.
    button.setAttribute("aria-disabled", "true");
    try {
      await send(`/api/messages/${encodeURIComponent(message.id)}`, {
        method: "DELETE",
        headers: { "X-Owner-Token": tokenOf(message.id) },
      });
    } catch (error) {
      // 404 means that it was deleted already, perhaps by an attempt whose response was lost.
      if (error.status !== 404) {
        const isForbidden = error.status === 403;
        button.removeAttribute("aria-disabled");
        setText(label, isForbidden ? "Not yours" : "Try again");
        setText(rest, `to delete your message “${excerpt}”`);
        announce(isForbidden ? "You cannot delete this message." : "The message was not deleted. Try again.");
        return;
      }
    }
    setToken(message.id, null);
    onDeleted();
    announce("Message deleted.");
    byId("text").focus();
  });
  return button;
}
