// Times node's jsonata on the workloads of a file: text in, text out, and the evaluation alone.
"use strict";
const [file, seconds] = process.argv.slice(1);
const jsonata = require(require("path").join(process.cwd(), "node_modules", "jsonata"));
async function rate(run) {
  for (let i = 0; i < 5; i++) await run();
  const end = process.hrtime.bigint() + BigInt(Math.round(Number(seconds) * 1e9));
  const begin = process.hrtime.bigint();
  let count = 0;
  while (process.hrtime.bigint() < end) {
    await run();
    count++;
  }
  return (count * 1e9) / Number(process.hrtime.bigint() - begin);
}
(async () => {
  for (const { expr, input } of JSON.parse(require("fs").readFileSync(file, "utf8"))) {
    const expression = jsonata(expr);
    const parsed = JSON.parse(input);
    const text = await rate(async () => JSON.stringify(await expression.evaluate(JSON.parse(input))));
    const value = await rate(() => expression.evaluate(parsed));
    console.log(JSON.stringify({ text, value }));
  }
})();
