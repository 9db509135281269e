import { onRequest } from "./api.js";
import { onReport, watchGateway } from "./balancer.js";
import "./burst.js";
import "./composer.js";
import { ask, isUnanswered } from "./hero.js";
import { listen, openStreams } from "./streams.js";
import { addBead } from "./strip.js";
import { countVisit, watchVisits } from "./visits.js";
import { watchWall } from "./wall.js";

onRequest(addBead);

// A replica that came back is asked at once, without waiting for the next try.
onReport(({ replicas }) => {
  if (isUnanswered() && replicas.some(replica => replica.health === "healthy")) {
    ask();
  }
});

listen("gateway", watchGateway());
listen("live", { ...watchWall(), ...watchVisits() });
openStreams();
ask();
countVisit();
