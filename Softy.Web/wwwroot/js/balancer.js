import { announce, byId, element, prefersReducedMotion, setText, showError, showState } from "./dom.js";
import { numberOf, setReplicaCount, setReplicas, toneOf } from "./replicas.js";

const policies = {
  RoundRobin: ["Round robin", "Each request goes to the next replica in turn."],
  LeastRequests: ["Least requests", "Each request goes to the replica with the fewest requests in flight."],
  PowerOfTwoChoices: ["Power of two choices", "The less busy of two random replicas gets the request."],
  Random: ["Random", "Each request goes to a random replica."],
  First: ["First", "All requests go to the first healthy replica; the others are spares."],
  WeightedRoundRobin: [
    "Weighted round robin",
    "Each request goes to the next replica in turn; one of twice the weight gets twice as many.",
  ],
};
const healths = { healthy: "healthy", unhealthy: "down", draining: "draining", unknown: "not checked yet" };

const maxPulses = 24;
const reportTimeout = 4000;

const list = byId("lanes");
const lanes = new Map();
const reportListeners = new Set();
let watchdog;

/** Calls back with each status report of the gateway. */
export const onReport = listener => reportListeners.add(listener);

/** The handlers for the gateway's status stream. */
export const watchGateway = () => ({
  open: () => showConnection("live"),
  status: showReport,
  lost: () => showConnection("lost"),
  outage: showOutage,
});

function showConnection(state) {
  setConnection(state);
  clearTimeout(watchdog);
  if (state === "live") {
    watchdog = setTimeout(showOutage, reportTimeout);
  } else if (lanes.size === 0) {
    showOutage();
  }
}

/** Marks the lanes as outdated until the next report. */
function showOutage() {
  setConnection("lost");
  list.toggleAttribute("data-outdated", lanes.size > 0);
  showError(byId("lanes-state"), lanes.size > 0
    ? "The gateway does not send its status. These are the last known numbers. New ones appear automatically."
    : "The gateway does not send its status. The page tries again automatically.");
}

function setConnection(state) {
  byId("connection").dataset.state = state;
  setText(byId("connection-text"), state === "live" ? "live" : "reconnecting");
}

function showReport(report) {
  showConnection("live");
  const [name, line] = policies[report.policy] ?? [report.policy, ""];
  setText(byId("policy-name"), name);
  setText(byId("policy-text"), line);

  setReplicas(report.replicas.map(replica => replica.name));
  const replicas = report.replicas.toSorted((a, b) => numberOf(a.name) - numberOf(b.name));
  const total = replicas.reduce((sum, replica) => sum + replica.requests, 0);
  const isFirst = lanes.size === 0;
  for (const [name, lane] of lanes) {
    if (!replicas.some(replica => replica.name === name)) {
      lane.root.remove();
      lanes.delete(name);
      announce(`${name} was removed.`);
    }
  }
  for (const replica of replicas) {
    if (!lanes.has(replica.name)) {
      addLane(replica.name);
      if (!isFirst) {
        announce(`${replica.name} was added.`);
      }
    }
    updateLane(lanes.get(replica.name), replica, total);
  }
  // Sorts the lanes by the numbers of the replicas, which may have been added in any order.
  replicas.forEach(({ name }, index) => {
    const { root } = lanes.get(name);
    if (list.children[index] !== root) {
      list.insertBefore(root, list.children[index] ?? null);
    }
  });

  list.removeAttribute("data-outdated");
  list.classList.toggle("many", replicas.length > 8);
  showState(byId("lanes-state"), replicas.length === 0 ? "The gateway has no replicas." : null);
  setReplicaCount(replicas.filter(replica => replica.health !== "unhealthy").length);
  for (const listener of reportListeners) {
    listener(report);
  }
}

function addLane(name) {
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
  lanes.set(name, {
    root,
    health,
    fill,
    share,
    track,
    requests: requests.value,
    inFlight: inFlight.value,
    p50: p50.value,
    p99: p99.value,
  });
}

function updateLane(lane, replica, total) {
  const previous = lane.replica;
  lane.replica = replica;
  const state = replica.health in healths ? replica.health : "unknown";
  if (previous && previous.health !== replica.health && replica.health !== "unknown") {
    announce(`${replica.name} is ${healths[state]}.`);
  }
  lane.root.dataset.health = state;
  setText(lane.health, healths[state]);

  const share = total > 0 ? replica.requests / total : 0;
  lane.fill.style.setProperty("--share", share);
  setText(lane.share, `${(share * 100).toFixed(share > 0 && share < 1 ? 1 : 0)} %`);
  setText(lane.requests, replica.requests.toLocaleString("en"));
  setText(lane.inFlight, replica.inFlight);
  setText(lane.p50, formatLatency(replica.p50Ms));
  setText(lane.p99, formatLatency(replica.p99Ms));

  if (previous && replica.requests > previous.requests) {
    animateRequests(lane.track, replica.requests - previous.requests);
  }
}

const formatLatency = value => value === null || value === undefined ? "–"
  : value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;

/** Animates one bead per request of the last second, up to a limit, along the lane of the replica. */
function animateRequests(track, requests) {
  if (prefersReducedMotion() || document.hidden) {
    return;
  }

  const count = Math.min(requests, maxPulses);
  for (let i = 0; i < count; i++) {
    const dot = element("span", { class: "pulse", "aria-hidden": "true" });
    track.append(dot);
    const animation = dot.animate(
      [
        { left: "-.6rem", opacity: 0 },
        { opacity: 1, offset: .15 },
        { opacity: 1, offset: .9 },
        { left: "100%", opacity: 0 },
      ],
      { duration: 750, delay: i * 900 / count, easing: "cubic-bezier(.4, 0, .7, 1)", fill: "both" });
    animation.finished.then(() => dot.remove(), () => dot.remove());
  }
}
