import { newKey, send } from "./api.js";
import { announce, byId, setText } from "./dom.js";
import { setToken } from "./tokens.js";
import { addMessage } from "./wall.js";

const maxTextLength = 2000;
const maxAuthorLength = 64;
/** A text of only invisible characters, which the API rejects. */
const invisible = /^[\s\p{Default_Ignorable_Code_Point}\u2800]*$/u;

const form = byId("composer");
const author = byId("author");
const text = byId("text");

/** Counts code points, as the API does, so that an emoji counts as one character. */
const lengthOf = value => [...value].length;

const formatCharacters = count => `${count} ${count === 1 ? "character" : "characters"}`;

let draft = { key: newKey(), content: "" };

form.addEventListener("submit", async event => {
  event.preventDefault();
  if (byId("post").hasAttribute("aria-disabled")) {
    return;
  }

  const message = { author: author.value.trim(), text: text.value.trim() };
  if (!showErrors(validate(message))) {
    return;
  }

  // The same text keeps its key, so that sending it again after a broken connection does not post it twice.
  const content = JSON.stringify(message);
  draft = draft.content === content ? draft : { key: newKey(), content };
  // A button that becomes disabled would lose the focus.
  const button = byId("post");
  button.setAttribute("aria-disabled", "true");
  setText(byId("composer-error"), "");
  try {
    const { response } = await send("/api/messages", {
      method: "POST",
      json: message,
      headers: { "Idempotency-Key": draft.key },
    });
    const { ownerToken, ...posted } = await response.json();
    // Before addMessage, which shows the delete button if there is a token.
    setToken(posted.id, ownerToken);
    addMessage(posted, true);
    draft = { key: newKey(), content: "" };
    // Keeps what its author has written while the request ran.
    if (text.value.trim() === message.text) {
      text.value = "";
      showRemaining();
    }
    announce("Message posted.");
    text.focus();
  } catch (error) {
    const named = Object.keys(error.errors ?? {}).length > 0;
    if (!named || showErrors(lowerCaseKeys(error.errors))) {
      setText(byId("composer-error"), error.isRefused && error.status >= 500
        ? "Not posted: the wall takes no messages right now. Your text is still here: post it again shortly."
        : error.isRefused ? `Not posted: ${error.message}`
        : "It is unknown whether this was posted. Your text is still here: post it again, and it will appear once.");
    }
  } finally {
    button.removeAttribute("aria-disabled");
  }
});

function validate(message) {
  const errors = {};
  if (invisible.test(message.author)) {
    errors.author = ["Say who you are."];
  } else if (lengthOf(message.author) > maxAuthorLength) {
    errors.author = [`At most ${maxAuthorLength} characters; this is ${lengthOf(message.author)}.`];
  }
  if (invisible.test(message.text)) {
    errors.text = ["Write something first."];
  } else if (lengthOf(message.text) > maxTextLength) {
    errors.text = [`At most ${maxTextLength} characters; this is ${lengthOf(message.text)}.`];
  }
  return errors;
}

/** Shows each error beside its field and moves the focus to the first. Returns whether there are no errors. */
function showErrors(errors) {
  const wrong = [];
  for (const field of [author, text]) {
    const message = errors[field.name]?.join(" ") ?? "";
    setText(byId(`${field.name}-error`), message);
    if (message) {
      field.setAttribute("aria-invalid", "true");
      wrong.push(field);
    } else {
      field.removeAttribute("aria-invalid");
    }
  }
  wrong[0]?.focus();
  return wrong.length === 0;
}

const lowerCaseKeys = errors =>
  Object.fromEntries(Object.entries(errors).map(([key, value]) => [key.toLowerCase(), value]));

function showRemaining() {
  const left = maxTextLength - lengthOf(text.value.trim());
  setText(byId("text-count"), left >= 0 ? `${formatCharacters(left)} left` : `${formatCharacters(-left)} too many`);
  byId("text-count").classList.toggle("over", left < 0);
}

text.addEventListener("input", showRemaining);
for (const field of [author, text]) {
  field.addEventListener("input", () => {
    setText(byId(`${field.name}-error`), "");
    field.removeAttribute("aria-invalid");
  });
}
