// The consumer's side of syncd's webhooks: verified, counted once, applied if newer.
//
// One file, no dependency: Node 20, Deno, Bun, browsers and edge runtimes, by WebCrypto. It does what
// syncd.client does in Python; both are tested with clients/vectors.json and the same random histories.
//
//   const consumer = new Consumer({ secrets: [secret], apply: (effect) => save(effect) });
//   const outcome = await consumer.receive(request.headers, await request.arrayBuffer());

/** How far the clocks of sender and receiver may be apart, either way, in seconds. */
export const TOLERANCE_S = 300;

/** How many ids of log entries a `MemoryStore` keeps. */
export const KEPT_IDS = 100_000;

// ---------------------------------------------------------------- why a delivery is not taken

/** A delivery that changed nothing. `code` is for logs, `status` what to answer. No message holds a secret. */
export class NotTaken extends Error {
  constructor(message, code, status) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.status = status;
  }
}

/**
 * Not from who shares the secret, changed on the way, or out of its time. Its code is one of
 * missing_header, bad_timestamp, too_old, too_new, bad_signature.
 */
export class NotVerified extends NotTaken {
  constructor(message, code) {
    super(message, code, 400);
  }
}

/** Genuine, but nothing that this version can apply. */
export class NotUnderstood extends NotTaken {
  constructor(message) {
    super(message, "not_understood", 422);
  }
}

/** A secret that is none: `whsec_` and base64 of 24 to 64 bytes. */
export class BadSecret extends Error {
  name = "BadSecret";
}

// ---------------------------------------------------------------- a consumer

export class Consumer {
  #keys;
  #store;
  #apply;
  #clock;
  #toleranceS;

  /**
   * @param {object} options
   * @param {string[]} options.secrets All that count: one, or the new and the old while it is changed.
   * @param {object} [options.store] Where marks are kept; see `MemoryStore`.
   * @param {function} [options.apply] `apply(effect, marks)`, awaited before the effect is marked, in the
   *   same transaction. What it throws leaves the delivery unmarked and comes out of `receive`: answer
   *   5xx, and it is sent again.
   * @param {function} [options.clock] Seconds since 1970.
   */
  constructor({
    secrets,
    store = new MemoryStore(),
    apply = () => {},
    clock = () => Date.now() / 1000,
    toleranceS = TOLERANCE_S,
  }) {
    if (!Array.isArray(secrets) || !secrets.length) {
      throw new TypeError("secrets is a list of at least one secret");
    }
    this.#keys = secrets.map(readKey);
    [this.#store, this.#apply, this.#clock, this.#toleranceS] = [store, apply, clock, toleranceS];
  }

  /**
   * What one delivery came to: an Effect, Duplicate or Stale; each is to be answered with 2xx. Rejects
   * with NotTaken: answer its `status`.
   * @param {Headers | object} headers
   * @param {ArrayBuffer | ArrayBufferView} body The raw bytes of the request; a Buffer is one.
   */
  async receive(headers, body) {
    const now = this.#clock();
    const { id } = await verify(headers, body, { keys: this.#keys, now, toleranceS: this.#toleranceS });
    const event = readEvent(body, id);
    return this.#store.transaction(async (marks) => {
      const outcome = await decide(event, marks);
      if (outcome instanceof Effect) {
        await this.#apply(outcome, marks);
        await remember(outcome, marks);
      }
      return outcome;
    });
  }

  /** Until when silence of a syncd means that nothing changed; null: it never said. */
  aliveUntil(instance) {
    return this.#store.transaction((marks) => marks.aliveUntil(instance));
  }

  /** The syncds that should have given a sign of life, and did not: what is known of them is old. */
  silent() {
    const now = this.#clock() * 1000;
    return this.#store.transaction(async (marks) => {
      const instances = await marks.instances();
      const untils = await Promise.all(instances.map((instance) => marks.aliveUntil(instance)));
      return instances.filter((_, at) => untils[at] < now);
    });
  }
}

// ---------------------------------------------------------------- signature and time
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

const PREFIX = "whsec_";
const HMAC = { name: "HMAC", hash: "SHA-256" };
const encoder = new TextEncoder();

/** What is known of a delivery once it is genuine: `{ id, at }`. `keys` are of `readKey`. */
export async function verify(headers, body, { keys, now, toleranceS = TOLERANCE_S }) {
  const bytes = toBytes(body);
  const header = readerOf(headers);
  const [id, timestamp, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => {
    const text = header(name);
    if (!text) throw new NotVerified(`the header '${name}' is missing or empty`, "missing_header");
    return text;
  });
  if (!/^[0-9]{1,12}$/.test(timestamp)) {
    const what = "the header 'webhook-timestamp' is not a whole number of seconds since 1970";
    throw new NotVerified(what, "bad_timestamp");
  }
  const at = Number(timestamp);
  if (at < now - toleranceS) {
    throw new NotVerified(`it was sent ${Math.round(now - at)} s ago; ${toleranceS} s are allowed`, "too_old");
  }
  if (at > now + toleranceS) {
    const what = `it was sent ${Math.round(at - now)} s ahead of this clock; ${toleranceS} s are allowed`;
    throw new NotVerified(what, "too_new");
  }
  const signed = joined(encoder.encode(`${id}.${timestamp}.`), bytes);
  if (!(await isSigned(signed, signature, await Promise.all(keys)))) {
    const what = "no 'v1' signature in 'webhook-signature' is by a secret that this consumer knows";
    throw new NotVerified(what, "bad_signature");
  }
  return { id, at };
}

/** A promise of the key in `whsec_` and base64 of 24 to 64 bytes. BadSecret does not repeat it. */
export function readKey(secret) {
  const text = String(secret).trim();
  if (!text.startsWith(PREFIX)) throw new BadSecret("a webhook secret begins with 'whsec_'; this one does not");
  const encoded = text.slice(PREFIX.length).replace(/={1,2}$/, "");
  if (!/^[A-Za-z0-9+/]*$/.test(encoded) || encoded.length % 4 === 1) {
    throw new BadSecret("what follows 'whsec_' in a webhook secret is not base64");
  }
  const key = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
  if (key.length < 24 || key.length > 64) {
    throw new BadSecret(`a webhook secret holds 24 to 64 bytes; this one holds ${key.length}`);
  }
  return crypto.subtle.importKey("raw", key, HMAC, false, ["sign"]);
}

/** Every signature is compared with every key, so that the time tells nothing about either. */
async function isSigned(signed, header, keys) {
  const expected = await Promise.all(keys.map((key) => signatureBy(key, signed)));
  let isAny = false;
  for (const given of header.split(" ")) {
    for (const one of expected) isAny = isSame(given, one) || isAny;
  }
  return isAny;
}

async function signatureBy(key, signed) {
  const digest = new Uint8Array(await crypto.subtle.sign(HMAC, key, signed));
  return `v1,${btoa(String.fromCharCode(...digest))}`;
}

function isSame(given, expected) {
  if (given.length !== expected.length) return false;
  let differing = 0;
  for (let at = 0; at < expected.length; at += 1) differing |= given.charCodeAt(at) ^ expected.charCodeAt(at);
  return differing === 0;
}

function toBytes(body) {
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError("the body must be the raw bytes of the request, before any decoding or parsing");
}

function joined(first, second) {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

function readerOf(headers) {
  if (typeof headers.get === "function") return (name) => headers.get(name);
  const found = new Map(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]));
  return (name) => found.get(name);
}

// ---------------------------------------------------------------- what a verified body says

// Events of these tell the whole state each time. All other events are entries of a log.
const SNAPSHOTS = new Set(["key_result", "objective"]);
const ALIVE = "instance.alive";
const WITH_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** A key result or an objective of one syncd. `key` is for maps and databases. */
export class Subject {
  constructor(instance, cycle, id) {
    Object.assign(this, { instance, cycle, id });
    Object.freeze(this);
  }

  get key() {
    return JSON.stringify([this.instance, this.cycle, this.id]);
  }
}

/**
 * `{ id, type, at, instance, subject, position, movedFrom, aliveUntil, data }`; what a type does not have
 * is null. A position is `{ epoch, sequence, isGone }`; `isGone`: the name is left, after that sequence.
 */
export function readEvent(body, webhookId) {
  const said = parsed(toBytes(body));
  const [type, data, source] = [textOf(said, "type"), mapOf(said, "data"), mapOf(said, "source")];
  const [at, instance] = [textOf(said, "timestamp"), textOf(source, "instance")];
  const none = { subject: null, position: null, movedFrom: null, aliveUntil: null };
  const event = { id: webhookId, type, at, instance, ...none, data };
  const [kind, what] = type.split(".");
  if (what && SNAPSHOTS.has(kind)) {
    const epoch = wholeOf(source, "epoch");
    event.subject = subjectOf(instance, mapOf(data, kind));
    event.position = { epoch, sequence: wholeOf(data, "sequence"), isGone: false };
    if (type === `${kind}.moved`) event.movedFrom = subjectOf(instance, mapOf(data, "from"));
  } else if (type === ALIVE) {
    event.aliveUntil = timeOf(data, "alive_until");
  }
  return event;
}

function parsed(bytes) {
  let said;
  try {
    said = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new NotUnderstood("the body is not JSON");
  }
  if (!isMap(said)) throw new NotUnderstood("the body is not a JSON object");
  return said;
}

const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function subjectOf(instance, said) {
  return new Subject(instance, textOf(said, "cycle"), textOf(said, "id"));
}

function mapOf(said, name) {
  if (!isMap(said[name])) throw new NotUnderstood(`'${name}' is missing in the body, or is no object`);
  return said[name];
}

function textOf(said, name) {
  const value = said[name];
  if (typeof value !== "string" || !value) {
    throw new NotUnderstood(`'${name}' is missing in the body, or is no text`);
  }
  return value;
}

function wholeOf(said, name) {
  if (!Number.isSafeInteger(said[name]) || said[name] < 1) {
    throw new NotUnderstood(`'${name}' is missing in the body, or is no whole number from 1 on`);
  }
  return said[name];
}

function timeOf(said, name) {
  const text = textOf(said, name);
  const time = new Date(text);
  if (!WITH_ZONE.test(text) || Number.isNaN(time.getTime())) throw new NotUnderstood(`'${name}' is no time`);
  return time;
}

// ---------------------------------------------------------------- whether it is news, and what it changes

/**
 * News. Whoever does these two, in this order, ends with syncd's own state: forget what is kept under
 * `drop`; keep `event.data` under `put`. Either may be null; both are for an entry of a log.
 */
export class Effect {
  outcome = "effect";

  constructor(event, { drop = null, put = null } = {}) {
    Object.assign(this, { event, drop, put });
  }
}

/** It was taken before. */
export class Duplicate {
  outcome = "duplicate";

  constructor(event) {
    this.event = event;
  }
}

/** Something newer was taken before. */
export class Stale {
  outcome = "stale";

  constructor(event) {
    this.event = event;
  }
}

async function decide(event, marks) {
  if (event.subject) return decideSnapshot(event, marks);
  if (event.aliveUntil) {
    const known = await marks.aliveUntil(event.instance);
    return outcomeBy(known ? event.aliveUntil - known : 1, event);
  }
  return (await marks.isSeen(event.id)) ? new Duplicate(event) : new Effect(event);
}

async function decideSnapshot(event, marks) {
  const known = await marks.position(event.subject);
  const order = known ? compare(event.position, known) : 1;
  if (order > 0 && event.type.endsWith(".removed")) return new Effect(event, { drop: event.subject });
  // A move that comes after what followed it still empties the old name.
  const drop = (await isLeftBehind(event, marks)) ? event.movedFrom : null;
  const put = order > 0 ? event.subject : null;
  return drop ? new Effect(event, { drop, put }) : outcomeBy(order, event, { put });
}

function outcomeBy(order, event, changes) {
  if (order > 0) return new Effect(event, changes);
  return order === 0 ? new Duplicate(event) : new Stale(event);
}

async function isLeftBehind({ movedFrom, subject, position }, marks) {
  if (!movedFrom || movedFrom.key === subject.key) return false;
  const known = await marks.position(movedFrom);
  return !known || compare(known, left(position)) < 0;
}

/** Just before the move: who takes the old name later counts on from the move's own sequence. */
const left = ({ epoch, sequence }) => ({ epoch, sequence: sequence - 1, isGone: true });

/** The epoch first, since sequences may begin again with it. */
const compare = (one, other) =>
  one.epoch - other.epoch || one.sequence - other.sequence || Number(one.isGone) - Number(other.isGone);

async function remember({ event, drop, put }, marks) {
  if (!event.subject) {
    await (event.aliveUntil ? marks.live(event.instance, event.aliveUntil) : marks.see(event.id));
    return;
  }
  if (drop && drop === event.movedFrom) await marks.advance(drop, left(event.position));
  // A name that was removed is marked too, or a late event would bring it back.
  if (put || drop === event.subject) await marks.advance(event.subject, event.position);
}

// ---------------------------------------------------------------- what is remembered

/**
 * Marks in memory. A store of your own has `transaction(work)`, which runs `work(marks)` alone, commits
 * when it resolves and undoes everything when it rejects; its marks have the methods of `MemoryMarks`,
 * which may be asynchronous. `toJSON` and `saved` carry the marks over a restart.
 */
export class MemoryStore {
  #marks;
  #last = Promise.resolve();

  constructor({ keepIds = KEPT_IDS, saved } = {}) {
    this.#marks = new MemoryMarks(keepIds, saved);
  }

  transaction(work) {
    const turn = this.#last.then(() => work(this.#marks));
    this.#last = turn.catch(() => {}); // whoever asked for it hears of it
    return turn;
  }

  toJSON() {
    return this.#marks.toJSON();
  }
}

export class MemoryMarks {
  #keepIds;
  #positions;
  #seen;
  #alive;

  constructor(keepIds = KEPT_IDS, saved = {}) {
    this.#keepIds = keepIds;
    this.#positions = new Map(saved.positions);
    this.#seen = new Set(saved.seen);
    this.#alive = new Map(saved.alive?.map(([instance, until]) => [instance, new Date(until)]));
  }

  position(subject) {
    return this.#positions.get(subject.key) ?? null;
  }

  advance(subject, position) {
    this.#positions.set(subject.key, position);
  }

  isSeen(webhookId) {
    return this.#seen.has(webhookId);
  }

  see(webhookId) {
    this.#seen.add(webhookId);
    if (this.#seen.size > this.#keepIds) this.#seen.delete(this.#seen.values().next().value);
  }

  aliveUntil(instance) {
    return this.#alive.get(instance) ?? null;
  }

  live(instance, until) {
    this.#alive.set(instance, until);
  }

  /** Those that ever gave a sign of life, sorted. */
  instances() {
    return [...this.#alive.keys()].sort();
  }

  toJSON() {
    return { positions: [...this.#positions], seen: [...this.#seen], alive: [...this.#alive] };
  }
}
