// One history per line on stdin, what clients/javascript/syncd.mjs makes of it per line on stdout.
import { createInterface } from "node:readline";
import { Consumer, NotTaken } from "../../../clients/javascript/syncd.mjs";

const list = (subject) => subject && [subject.instance, subject.cycle, subject.id];

async function replay({ secrets, now, deliveries }) {
  const state = new Map();
  const entries = [];
  const apply = ({ event, drop, put }) => {
    if (drop) state.delete(drop.key);
    if (put) state.set(put.key, event.data);
    if (!event.subject) entries.push(event.id);
  };
  const consumer = new Consumer({ secrets, apply, clock: () => now });
  const outcomes = [];
  for (const delivery of deliveries) outcomes.push(await received(consumer, delivery));
  return { outcomes, state: Object.fromEntries(state), entries, silent: await consumer.silent() };
}

async function received(consumer, { headers, body, body_base64 }) {
  const bytes = body_base64 === undefined ? Buffer.from(body) : Buffer.from(body_base64, "base64");
  try {
    const { outcome, put = null, drop = null } = await consumer.receive(headers, bytes);
    return { outcome, put: list(put), drop: list(drop) };
  } catch (error) {
    if (!(error instanceof NotTaken)) throw error;
    return { code: error.code, status: error.status, message: error.message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await replay(JSON.parse(line))));
}
