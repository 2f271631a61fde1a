// A receiver of webhooks, to copy from.
//
//     npm install standardwebhooks
//     WEBHOOK_SECRET=whsec_... PORT=9000 node receiver.mjs
//
// A message may arrive more than once, and later than a newer one of the same payout. So a message
// changes the stored payout only if its `sequence` is higher than that of the last one.

import { createServer } from "node:http";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const MAX_BODY_BYTES = 64 * 1024;
const webhook = new Webhook(process.env.WEBHOOK_SECRET);
// In a real receiver this is a table, so that it outlives the process.
const payouts = new Map();

async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new RangeError("The body is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function store({ type, data }) {
  const isNew = data.sequence > (payouts.get(data.payout_id)?.sequence ?? 0);
  if (isNew) payouts.set(data.payout_id, data);
  console.log(`payout ${data.payout_id}: ${type}: ${isNew ? data.status : "nothing new"}`);
}

async function receive(request) {
  if (request.method !== "POST") return [405, "Only POST."];
  try {
    // The signature covers the bytes of the body: verify them before they are parsed.
    const message = webhook.verify(await read(request), request.headers);
    // Answer within 15 seconds. Work that takes longer belongs in a queue.
    if ("payout_id" in message.data) store(message);
    return [204, ""];
  } catch (error) {
    if (error instanceof RangeError) return [413, error.message];
    if (error instanceof WebhookVerificationError) return [400, error.message];
    throw error;
  }
}

createServer(async (request, response) => {
  const [status, text] = await receive(request).catch((error) => {
    console.error(error);
    return [500, ""];
  });
  response.writeHead(status).end(text);
}).listen(Number(process.env.PORT ?? 9000), "127.0.0.1");
