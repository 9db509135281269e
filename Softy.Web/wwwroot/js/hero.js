import { send } from "./api.js";
import { announce, byId, prefersReducedMotion, setText } from "./dom.js";
import { numberOf, toneOf } from "./replicas.js";

const hero = byId("hero");
const title = byId("dynamic-content");
const answered = byId("answered");
const orb = byId("orb");
const button = byId("ask");

let isRequesting = false;
let timer;
let pause = 1000;

/** Requests the greeting and shows it. Repeats the request after a failure. */
export async function requestGreeting() {
  if (isRequesting) {
    return;
  }

  isRequesting = true;
  clearTimeout(timer);
  try {
    const { response, instance, milliseconds } = await send("/api/hello", { timeout: 8000 });
    showGreeting(await response.text(), instance ?? "a replica", milliseconds);
    pause = 1000;
  } catch (error) {
    showFailure(error.status === 0 ? "You may be offline, or the gateway is down." : "The API is down or starting.");
    timer = setTimeout(requestGreeting, pause);
    pause = Math.min(pause * 2, 4000);
  } finally {
    isRequesting = false;
  }
}

/** Whether the last request failed. */
export const isUnanswered = () => hero.dataset.state === "unanswered";

function showGreeting(text, instance, milliseconds) {
  const recovered = isUnanswered();
  const isWarm = hero.dataset.state !== "asking";
  hero.toggleAttribute("data-warm", isWarm);
  hero.dataset.state = "answered";
  hero.className = `hero ${toneOf(instance)}`;
  setText(title, text);
  title.classList.toggle("long", text.length > 24);
  title.classList.toggle("longest", text.length > 120);
  const latency = milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds);
  setText(answered, `${instance} answered in ${latency} ms.`);
  setText(byId("orb-number"), numberOf(instance));
  if (isWarm && !prefersReducedMotion()) {
    orb.animate(
      [{ transform: "translateX(-18%) rotate(-120deg)" }, { transform: "none" }],
      { duration: 650, easing: "cubic-bezier(.2, .9, .25, 1)" });
  }
  if (recovered) {
    announce("The API answers again.");
  }
}

function showFailure(reason) {
  setText(answered, `${reason} This page tries again automatically.`);
  if (isUnanswered()) {
    return;
  }

  hero.dataset.state = "unanswered";
  hero.className = "hero";
  setText(title, "Nobody is answering.");
  setText(byId("orb-number"), "?");
  announce(`Nobody is answering. ${answered.textContent}`);
}

button.hidden = false;
button.addEventListener("click", async () => {
  await requestGreeting();
  announce(`${title.textContent} ${answered.textContent}`);
});
