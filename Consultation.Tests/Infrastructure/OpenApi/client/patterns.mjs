// Checks that every pattern of an API description can be loaded by tools of every language: it compiles as ECMA-262 with each of its flags, also
// as HTML's `pattern` has it, and as RE2 (Go, Rust and others), and all of them take the examples beside it and refuse what it refuses.
// Usage: node patterns.mjs <description>; prints one line for each thing that is wrong, and last how many patterns there are.
import { readFileSync } from "node:fs";
import { RE2JS } from "re2js";

const wrong = [];
let count = 0;

function check(path, { pattern, examples = [], example, default: fallback }) {
  count++;
  const engines = {};
  const attempt = (name, compile) => {
    try {
      engines[name] = compile();
    } catch (error) {
      wrong.push(`${path}: ${pattern} is no ${name}: ${error.message}`);
    }
  };
  for (const flags of ["", "u", "v"]) attempt(`ECMA-262 with flags '${flags}'`, () => { const regex = new RegExp(pattern, flags); return text => regex.test(text); });
  attempt("pattern of HTML", () => { const regex = new RegExp(`^(?:${pattern})$`, "v"); return text => regex.test(text); });
  attempt("RE2", () => { const regex = RE2JS.compile(pattern); return text => regex.matcher(text).find(); });
  if (/\\p\{|\(\?/.test(pattern)) wrong.push(`${path}: ${pattern} has a look-around, a flag or a class of Unicode`);
  if (!pattern.startsWith("^") || !pattern.endsWith("$")) wrong.push(`${path}: ${pattern} does not say from where to where`);

  const given = [...examples, example, fallback].filter(text => typeof text === "string");
  for (const [name, takes] of Object.entries(engines)) {
    for (const text of given) if (!takes(text)) wrong.push(`${path}: ${pattern}, as ${name}, refuses its example ${text}`);
    for (const text of ["\n", "\u0000"]) if (takes(text)) wrong.push(`${path}: ${pattern}, as ${name}, takes a control character`);
  }
}

function walk(path, node) {
  if (node === null || typeof node !== "object") return;
  if (typeof node.pattern === "string") check(path, node);
  for (const [key, value] of Object.entries(node)) walk(`${path}/${key}`, value);
}

walk("#", JSON.parse(readFileSync(process.argv[2], "utf8")));
for (const line of wrong) console.log(line);
console.log(`${count} patterns`);
