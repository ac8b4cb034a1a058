// Clients of posthog-node, all at once: each makes three cups and shuts down.
// The one argument is JSON: a list of {host, key, options}.
import { PostHog } from "posthog-node";

const clients = JSON.parse(process.argv[2]);

async function use({ host, key, options = {}, flag }) {
  const client = new PostHog(key, {
    host, disableGeoip: false, fetchRetryCount: 1, fetchRetryDelay: 50, requestTimeout: 1000,
    ...options,
  });
  // Whoever does not listen has them on stderr.
  client.on("error", () => {});
  const said = flag ? await client.getFeatureFlag(flag, "a-cup") : null;
  for (const number of [1, 2, 3]) {
    client.capture({ distinctId: "a-cup", event: "cup_made", properties: { number } });
  }
  await client.shutdown(8000).catch(() => {});
  return said;
}

// Its own timers keep no process alive.
const alive = setInterval(() => {}, 1000);
console.log(JSON.stringify(await Promise.all(clients.map(use))));
clearInterval(alive);
