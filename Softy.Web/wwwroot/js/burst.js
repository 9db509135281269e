import { send } from "./api.js";
import { announce, byId, element, write } from "./dom.js";
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
    await run(Number(new FormData(form).get("concurrency")));
  } finally {
    running = false;
    button.removeAttribute("aria-disabled");
    write(button, `Send ${requests} requests`);
  }
});

async function run(concurrency) {
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
      show(answers, failed);
    }
  };

  await Promise.all(Array.from({ length: concurrency }, worker));
  const counts = countByReplica(answers);
  announce(`${answers.length} of ${requests} requests answered: ${counts.map(([name, count]) => `${name} ${count}`).join(", ")}. Fairness ${fairness(counts)}.`);
}

function show(answers, failed) {
  const counts = countByReplica(answers);
  write(button, `Sending, ${answers.length + failed} of ${requests}`);
  write(byId("figure-answered"), failed > 0 ? `${answers.length} of ${requests}, ${failed} failed` : `${answers.length} of ${requests}`);
  write(byId("figure-fairness"), fairness(counts));
  write(byId("figure-order"), order(answers));
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

/** Taking turns: whoever answered request n also answered request n + N. */
function order(answers) {
  const replicas = new Set(answers).size;
  if (replicas === 0) {
    return "–";
  }
  if (replicas === 1) {
    return "always the same";
  }
  const cyclic = answers.every((name, index) => index < replicas || name === answers[index - replicas]);
  return cyclic ? `${answers.slice(0, Math.min(replicas, 8)).map(numberOf).join(" → ")}${replicas > 8 ? " …" : ""}, repeating` : "mixed";
}
