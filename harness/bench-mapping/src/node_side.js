// Times node's jsonata, line by line: {expr, input, parsed, seconds} is answered with {rate}, evaluations a second.
"use strict";
const jsonata = require(require("path").join(process.cwd(), "node_modules", "jsonata"));
const compiled = new Map();
async function rate(seconds, run) {
  for (let i = 0; i < 3; i++) await run();
  const begin = process.hrtime.bigint();
  const end = begin + BigInt(Math.round(seconds * 1e9));
  let count = 0;
  while (process.hrtime.bigint() < end) {
    await run();
    count++;
  }
  return (count * 1e9) / Number(process.hrtime.bigint() - begin);
}
async function answer({ expr, input, parsed, seconds }) {
  if (!compiled.has(expr)) compiled.set(expr, jsonata(expr));
  const expression = compiled.get(expr);
  const value = JSON.parse(input);
  const run = parsed
    ? () => expression.evaluate(value)
    : async () => JSON.stringify(await expression.evaluate(JSON.parse(input)));
  return rate(seconds, run);
}
(async () => {
  for await (const line of require("readline").createInterface({ input: process.stdin })) {
    try {
      console.log(JSON.stringify({ rate: await answer(JSON.parse(line)) }));
    } catch (error) {
      console.log(JSON.stringify({ error: String(error.message || error) }));
    }
  }
})();
