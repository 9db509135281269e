import { send } from "./api.js";
import { announce, byId, element, setText } from "./dom.js";
import { numberOf, toneOf } from "./replicas.js";
import { clearStrip } from "./strip.js";

const requests = 100;
const form = byId("burst");
const button = byId("send");
let running = false;

form.addEventListener("submit", async event => {
  event.preventDefault();
  if (running) {
    return;
  }

  running = true;
  button.setAttribute("aria-disabled", "true");
  clearStrip();
  try {
    await sendAll(Number(new FormData(form).get("concurrency")));
  } finally {
    running = false;
    button.removeAttribute("aria-disabled");
    setText(button, `Send ${requests} requests`);
  }
});

async function sendAll(concurrency) {
  const answers = [];
  let sent = 0;
  let failed = 0;

  const worker = async () => {
    while (sent < requests) {
      sent++;
      try {
        const { instance } = await send("/api/hello");
        answers.push(instance);
      } catch {
        failed++;
      }
      showFigures(answers, failed);
    }
  };

  await Promise.all(Array.from({ length: concurrency }, worker));
  const counts = countByReplica(answers);
  const shares = counts.map(([name, count]) => `${name} ${count}`).join(", ");
  announce(`${answers.length} of ${requests} requests answered: ${shares}. Fairness ${fairness(counts)}.`);
}

function showFigures(answers, failed) {
  const counts = countByReplica(answers);
  setText(button, `Sending, ${answers.length + failed} of ${requests}`);
  const failures = failed > 0 ? `, ${failed} failed` : "";
  setText(byId("figure-answered"), `${answers.length} of ${requests}${failures}`);
  setText(byId("figure-fairness"), fairness(counts));
  setText(byId("figure-order"), describeOrder(answers));
  byId("figure-counts").replaceChildren(...counts.map(([name, count]) =>
    element("span", { class: `tally ${toneOf(name)}`, "data-instance": name },
      element("span", { class: "bead" }, String(numberOf(name))), String(count))));
}

function countByReplica(answers) {
  const counts = new Map();
  for (const name of answers) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => numberOf(a) - numberOf(b));
}

function fairness(counts) {
  const values = counts.map(([, count]) => count);
  return values.length === 0 ? "–" : Math.max(...values) - Math.min(...values);
}

/** Describes the order of the replicas. With N replicas in turn, the one of request n also answers request n + N. */
function describeOrder(answers) {
  const replicas = new Set(answers).size;
  if (replicas === 0) {
    return "–";
  }
  if (replicas === 1) {
    return "always the same";
  }
  const cyclic = answers.every((name, index) => index < replicas || name === answers[index - replicas]);
  const first = answers.slice(0, Math.min(replicas, 8)).map(numberOf).join(" → ");
  return cyclic ? `${first}${replicas > 8 ? " …" : ""}, repeating` : "mixed";
}
