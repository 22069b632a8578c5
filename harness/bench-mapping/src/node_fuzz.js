// Times fast-check with the jsonata package: pages drawn from the same recorded items, one changed field, the same properties.
"use strict";
const path = require("path");
const fs = require("fs");
const load = (name) => require(path.join(process.cwd(), "node_modules", name));
const fc = load("fast-check");
const jsonata = load("jsonata");
const task = JSON.parse(process.argv[1]);
const read = (name) => fs.readFileSync(path.join(task.folder, name), "utf8");
const expression = jsonata(read("mapping.jsonata"));
const body = JSON.parse(read("input.json"));
const legacy = JSON.parse(read("expected.json"));
const at = (value, names) => names.reduce((value, name) => (value == null ? undefined : value[name]), value);
const put = (value, names, list) => {
  if (names.length === 0) return list;
  const [first, ...rest] = names;
  return { ...value, [first]: put(value[first], rest, list) };
};
const items = at(body, task.input);
const answers = at(legacy, task.output);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const shape = (value) =>
  Array.isArray(value) ? "list" : value === null ? "null" : typeof value === "object" ? Object.keys(value).join() : typeof value;
const shapes = new Set(answers.map(shape));
const change = (item, field, text) => {
  const names = Object.keys(item).filter((name) => typeof item[name] === "string");
  const name = names[field % Math.max(1, names.length)];
  return name === undefined || (task.ids && name === task.ids[0][0]) ? item : { ...item, [name]: text };
};
const page = fc.array(fc.nat(items.length - 1), { minLength: 0, maxLength: 4 });
const property = fc.asyncProperty(page, fc.nat(), fc.string(), async (chosen, field, text) => {
  const made = chosen.map((index, place) => (place === 0 ? change(items[index], field, text) : items[index]));
  const input = JSON.stringify(put(body, task.input, made));
  const answer = await expression.evaluate(JSON.parse(input));
  const out = at(answer, task.output);
  if (!Array.isArray(out)) return false;
  if (answers.length === items.length) {
    if (out.length !== made.length) return false;
    for (let place = 0; place < made.length; place++) {
      if (task.ids && String(at(out[place], task.ids[1])) !== String(at(made[place], task.ids[0]))) return false;
      if (place > 0 && !same(out[place], answers[chosen[place]])) return false;
    }
    shapes.has(shape(out[0]));
  }
  return true;
});
(async () => {
  const numRuns = 500;
  let runs = 0;
  await fc.check(property, { numRuns, seed: 1 });
  const begin = process.hrtime.bigint();
  const end = begin + BigInt(Math.round(task.seconds * 1e9));
  for (let seed = 2; process.hrtime.bigint() < end; seed++) {
    const details = await fc.check(property, { numRuns, seed, endOnFailure: true });
    runs += details.numRuns;
  }
  console.log((runs * 1e9) / Number(process.hrtime.bigint() - begin));
})();
