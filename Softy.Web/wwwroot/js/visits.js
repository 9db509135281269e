import { newKey, send } from "./api.js";
import { byId, element, setText, showError, showState } from "./dom.js";
import { numberOf, toneOf } from "./replicas.js";

// The same key for all attempts, so that a visit whose response was lost is not counted twice.
const key = newKey();

// The API's name for the replicas that are gone. They have no number and no colour.
const earlierReplicas = "earlier replicas";

let timer;
let pause = 1000;
let isCounted = false;
let reports = 0;
let shownTotal = 0;

/** Counts this visit once, and repeats the request after a failure. */
export async function countVisit() {
  clearTimeout(timer);
  const before = reports;
  try {
    const post = { method: "POST", headers: { "Idempotency-Key": key } };
    const { response } = await send("/api/visits", isCounted ? {} : post);
    const totals = await response.json();
    isCounted = true;
    pause = 1000;
    // The stream may have brought newer totals meanwhile.
    if (reports === before || totals.total >= shownTotal) {
      showVisits(totals);
    }
  } catch (error) {
    if (error.status === 0 || error.status >= 500) {
      showOutdated("The counter does not answer.");
    } else {
      showError(byId("visits-state"), error.message);
    }
    timer = setTimeout(countVisit, pause);
    pause = Math.min(pause * 2, 8000);
  }
}

/** The handlers for the visits of the live stream. */
export const watchVisits = () => ({
  visits: totals => {
    reports++;
    showVisits(totals);
  },
  "visits-unavailable": () => showOutdated("The counter does not answer."),
  outage: () => showOutdated("There is no connection to the counter."),
});

/** Marks the totals as outdated until the next ones arrive. */
function showOutdated(reason) {
  const isFirst = byId("visits-total").textContent === "–";
  byId("visits").toggleAttribute("data-outdated", !isFirst);
  showError(byId("visits-state"), isFirst
    ? `${reason} The page tries again automatically.`
    : `${reason} These are the last known numbers. New ones appear automatically.`);
}

function showVisits({ total, instances }) {
  shownTotal = total;
  byId("visits").removeAttribute("data-outdated");
  showState(byId("visits-state"), null);
  setText(byId("visits-total"), total.toLocaleString("en"));
  setText(byId("visits-unit"), total === 1 ? "visit" : "visits");
  const { [earlierReplicas]: earlier, ...present } = instances;
  const shares = Object.entries(present).sort(([a], [b]) => numberOf(a) - numberOf(b))
    .map(([name, count]) => createShare(name, count / total, count, toneOf(name), String(numberOf(name))));
  if (earlier !== undefined) {
    shares.push(createShare(earlierReplicas, earlier / total, earlier, "tone-none", "…"));
  }
  byId("visits-shares").classList.toggle("many", shares.length > 8);
  byId("visits-shares").replaceChildren(...shares);
}

function createShare(name, part, count, tone, mark) {
  const bar = element("span", { class: "bar-fill" });
  bar.style.setProperty("--share", Number.isFinite(part) ? part : 0);
  return element("li", { class: tone, "data-instance": name },
    element("span", { class: "bead", "aria-hidden": "true" }, mark),
    element("span", { class: "name" }, name),
    element("span", { class: "bar-track", "aria-hidden": "true" }, bar),
    element("span", { class: "value" }, count.toLocaleString("en")));
}
