import { onRequest } from "./api.js";
import { onReport, watchGateway } from "./balancer.js";
import "./burst.js";
import "./composer.js";
import { isUnanswered, requestGreeting } from "./hero.js";
import { listen, openStreams } from "./streams.js";
import { addBead } from "./strip.js";
import { countVisit, watchVisits } from "./visits.js";
import { watchWall } from "./wall.js";

onRequest(addBead);

// Retries the greeting as soon as a replica is healthy again.
onReport(({ replicas }) => {
  if (isUnanswered() && replicas.some(replica => replica.health === "healthy")) {
    requestGreeting();
  }
});

listen("gateway", watchGateway());
listen("live", watchWall());
listen("live", watchVisits());
openStreams();
requestGreeting();
countVisit();
