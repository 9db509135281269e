import { onRequest } from "./api.js";
import { onReport, watchGateway } from "./balancer.js";
import "./burst.js";
import { ask, isUnanswered } from "./hero.js";
import { openStream } from "./stream.js";
import { addBead } from "./strip.js";
import { countVisit, showVisits } from "./visits.js";
import { addMessage, readWall, removeMessage } from "./wall.js";

onRequest(addBead);

// A replica that came back is asked at once, without waiting for the next try.
onReport(({ replicas }) => {
  if (isUnanswered() && replicas.some(replica => replica.health === "healthy")) {
    ask();
  }
});

watchGateway();
ask();
countVisit();
readWall();

let missed = false;
openStream("/api/live", {
  events: {
    message: message => addMessage(message, true),
    deleted: removeMessage,
    visits: showVisits,
  },
  opened: () => {
    // What was written while the stream was away is read again.
    if (missed) {
      missed = false;
      readWall();
    }
  },
  lost: () => { missed = true; },
});
document.addEventListener("visibilitychange", () => { missed = true; });
