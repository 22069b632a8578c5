// The oracle: evaluates one JSON line after the other with the JavaScript library that production uses.
// A request is {"id", "expr", "input"?, "bindings"?, "now"}; an answer {"id", "value"}, {"id", "undefined": true}
// or {"id", "error": {code, message, position, token}}. Clock and random numbers are the request's; there is no network.
"use strict";
const [name, uuid] = process.argv.slice(1);
const SystemDate = Date;
let now = 0;
let random = 1;
globalThis.Date = class Date extends SystemDate {
  constructor(...parts) {
    if (parts.length > 0) super(...parts);
    else super(now);
  }
  static now() {
    return now;
  }
};
Math.random = () => {
  random = (random * 48271) % 2147483647;
  return random / 2147483647;
};
Object.defineProperty(globalThis.crypto, "randomUUID", { value: () => uuid });
globalThis.fetch = () => Promise.reject(new Error("the oracle has no network"));
const send = (answer) => process.stdout.write(answer + "\n");
let compile;
try {
  const library = require(require("path").join(process.cwd(), "node_modules", name));
  compile = library.default || library;
  send(JSON.stringify({ ready: process.version }));
} catch (error) {
  send(JSON.stringify({ fatal: String(error.message) }));
  process.exit(1);
}

const CACHED = 512;
const compiled = new Map();
function expression(text) {
  let found = compiled.get(text);
  if (!found) {
    if (compiled.size >= CACHED) compiled.clear();
    found = compile(text);
    compiled.set(text, found);
  }
  return found;
}

const isFunction = (value) =>
  typeof value === "function" || !!(value && typeof value === "object" && (value._jsonata_lambda || value._jsonata_function));
function holdsFunction(value) {
  if (!value || typeof value !== "object") return typeof value === "function";
  if (isFunction(value)) return true;
  for (const key in value) if (holdsFunction(value[key])) return true;
  return false;
}

async function answer(request) {
  const id = JSON.stringify(request.id);
  try {
    now = request.now;
    random = 1;
    const value = await expression(request.expr).evaluate(request.input, request.bindings);
    let depthSafe = true;
    let functions = false;
    try {
      functions = holdsFunction(value);
    } catch {
      depthSafe = false;
    }
    const text = isFunction(value)
      ? undefined
      : JSON.stringify(value, functions && depthSafe ? (_, part) => (isFunction(part) ? undefined : part) : undefined);
    return text === undefined ? `{"id":${id},"undefined":true}` : `{"id":${id},"value":${text}}`;
  } catch (error) {
    const limit = error instanceof RangeError ? (/string length/.test(error.message) ? "U1001" : "D1011") : "";
    const details = {
      code: error.code || limit,
      message: String(error.message || error),
      position: error.position,
      token: typeof error.token === "string" ? error.token : undefined,
    };
    return `{"id":${id},"error":${JSON.stringify(details)}}`;
  }
}

let waiting = Promise.resolve();
let parts = [];
process.stdin.on("data", (chunk) => {
  let from = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
    parts.push(chunk.subarray(from, at));
    const line = Buffer.concat(parts).toString("utf8");
    parts = [];
    from = at + 1;
    waiting = waiting.then(async () => send(await answer(JSON.parse(line))));
  }
  parts.push(chunk.subarray(from));
});
process.stdin.on("end", () => waiting.then(() => process.exit(0)));
