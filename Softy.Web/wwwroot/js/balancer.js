import { announce, byId, calm, element, showState, write } from "./dom.js";
import { numberOf, setReplicaCount, setReplicas, toneOf } from "./replicas.js";

const policies = {
  RoundRobin: ["Round robin", "Each request goes to the next replica in turn."],
  LeastRequests: ["Least requests", "Each request goes to the replica with the fewest requests in flight."],
  PowerOfTwoChoices: ["Power of two choices", "Two replicas are drawn at random; the less busy one gets the request."],
  Random: ["Random", "Every request draws its replica by lot."],
  First: ["First", "Everything goes to the first healthy replica; the others stand by."],
  WeightedRoundRobin: ["Weighted round robin", "Taken in turn, and a replica of twice the weight is taken twice as often."],
};
const healths = { healthy: "healthy", unhealthy: "down", draining: "draining", unknown: "not checked yet" };

const mostPulses = 24;
const silence = 4000;

const list = byId("lanes");
const lanes = new Map();
const watchers = new Set();
let watchdog;

/** Calls back with every report of the gateway. */
export const onReport = watcher => watchers.add(watcher);

/** What to do with the gateway's stream. */
export const watchGateway = () => ({
  open: () => connection("live"),
  status: show,
  lost: () => connection("lost"),
});

function connection(state) {
  byId("connection").dataset.state = state;
  write(byId("connection-text"), state === "live" ? "live" : "reconnecting");
  clearTimeout(watchdog);
  if (state === "live") {
    watchdog = setTimeout(() => connection("lost"), silence);
  } else if (lanes.size === 0) {
    showState(byId("lanes-state"), "The gateway does not report. Trying again.");
  }
}

function show(report) {
  connection("live");
  const [name, line] = policies[report.policy] ?? [report.policy, ""];
  write(byId("policy-name"), name);
  write(byId("policy-text"), line);

  setReplicas(report.replicas.map(replica => replica.name));
  const replicas = report.replicas.toSorted((a, b) => numberOf(a.name) - numberOf(b.name));
  const total = replicas.reduce((sum, replica) => sum + replica.requests, 0);
  const isFirst = lanes.size === 0;
  for (const [name, lane] of lanes) {
    if (!replicas.some(replica => replica.name === name)) {
      lane.root.remove();
      lanes.delete(name);
      announce(`${name} is gone.`);
    }
  }
  for (const replica of replicas) {
    if (!lanes.has(replica.name)) {
      add(replica.name);
      if (!isFirst) {
        announce(`${replica.name} has come.`);
      }
    }
    update(lanes.get(replica.name), replica, total);
  }
  // Names may have arrived in any order: the lanes stand in the order of their numbers.
  replicas.forEach(({ name }, index) => {
    const { root } = lanes.get(name);
    if (list.children[index] !== root) {
      list.insertBefore(root, list.children[index] ?? null);
    }
  });

  list.classList.toggle("many", replicas.length > 8);
  showState(byId("lanes-state"), replicas.length === 0 ? "The gateway knows no replica." : null);
  setReplicaCount(replicas.filter(replica => replica.health !== "unhealthy").length);
  for (const watcher of watchers) {
    watcher(report);
  }
}

function add(name) {
  const figure = label => {
    const value = element("dd", {}, "–");
    return { value, node: element("div", {}, element("dt", {}, label), value) };
  };
  const health = element("span", { class: "health" });
  const fill = element("span", { class: "fill" });
  const share = element("span", { class: "share" }, "0 %");
  const track = element("div", { class: "track" }, fill, share);
  const [requests, inFlight, p50, p99] = ["requests", "in flight", "p50", "p99"].map(figure);
  const root = element("li", { class: `lane ${toneOf(name)}`, "data-replica": name },
    element("span", { class: "bead bead-big", "aria-hidden": "true" }, String(numberOf(name))),
    element("div", { class: "who" }, element("span", { class: "name" }, name), health),
    track,
    element("dl", { class: "numbers" }, requests.node, inFlight.node, p50.node, p99.node));
  const lane = { root, health, fill, share, track, requests: requests.value, inFlight: inFlight.value, p50: p50.value, p99: p99.value };
  lanes.set(name, lane);
}

function update(lane, replica, total) {
  const previous = lane.replica;
  lane.replica = replica;
  const state = replica.health in healths ? replica.health : "unknown";
  if (previous && previous.health !== replica.health && replica.health !== "unknown") {
    announce(`${replica.name} is ${healths[state]}.`);
  }
  lane.root.dataset.health = state;
  write(lane.health, healths[state]);

  const share = total > 0 ? replica.requests / total : 0;
  lane.fill.style.setProperty("--share", share);
  write(lane.share, `${(share * 100).toFixed(share > 0 && share < 1 ? 1 : 0)} %`);
  write(lane.requests, replica.requests.toLocaleString("en"));
  write(lane.inFlight, replica.inFlight);
  write(lane.p50, duration(replica.p50Ms));
  write(lane.p99, duration(replica.p99Ms));

  if (previous && replica.requests > previous.requests) {
    pulse(lane.track, replica.requests - previous.requests);
  }
}

const duration = value => value === null || value === undefined ? "–" : value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;

/** Beads that run down the lane, one per request of the last second, as far as the eye can follow. */
function pulse(track, requests) {
  if (calm() || document.hidden) {
    return;
  }

  const count = Math.min(requests, mostPulses);
  for (let i = 0; i < count; i++) {
    const dot = element("span", { class: "pulse", "aria-hidden": "true" });
    track.append(dot);
    const run = dot.animate(
      [{ left: "-.6rem", opacity: 0 }, { opacity: 1, offset: .15 }, { opacity: 1, offset: .9 }, { left: "100%", opacity: 0 }],
      { duration: 750, delay: i * 900 / count, easing: "cubic-bezier(.4, 0, .7, 1)", fill: "both" });
    run.finished.then(() => dot.remove(), () => dot.remove());
  }
}
