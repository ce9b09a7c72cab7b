// node verify.mjs LIBRARY: reads [{secret, body (base64), headers}] from stdin, prints whether each is
// genuine to that library: [true, false, ...]
import { readFileSync } from "node:fs";

const { Webhook } = await import(process.argv[2]);

const genuine = ({ secret, body, headers }) => {
  try {
    new Webhook(secret).verify(Buffer.from(body, "base64").toString("utf8"), headers);
    return true;
  } catch {
    return false;
  }
};

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(genuine)));
