// Checks an API description against OpenAPI 3.1's own schema, its examples against its schemas, and recorded answers against both.
// Usage: node check.mjs <description> <answers>; prints one line for each thing that is wrong.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const description = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = JSON.parse(readFileSync(process.argv[3], "utf8"));
const wrong = [];

const valid = await new Validator().validate(structuredClone(description));
if (!valid.valid) wrong.push(`not OpenAPI 3.1: ${JSON.stringify(valid.errors)}`);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addFormat("int32", { type: "number", validate: value => Number.isInteger(value) && Math.abs(value) <= 2 ** 31 });
ajv.addFormat("int64", { type: "number", validate: Number.isInteger });
ajv.addSchema({ $id: "description", components: description.components });

const closed = new Map();

function check(what, schema, value) {
  const key = JSON.stringify(schema);
  if (!closed.has(key)) closed.set(key, ajv.compile(JSON.parse(key.replaceAll('"#/', '"description#/'))));
  const validate = closed.get(key);
  if (!validate(value)) wrong.push(`${what}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
}

// a member that the description does not have is drift too, so objects are closed here
for (const schema of Object.values(description.components.schemas))
  if (schema.properties && schema !== description.components.schemas.Problem) schema.additionalProperties = false;
ajv.removeSchema("description");
ajv.addSchema({ $id: "description", components: description.components });

for (const [path, methods] of Object.entries(description.paths))
  for (const [method, operation] of Object.entries(methods)) {
    const name = `${method} ${path}`;
    for (const parameter of operation.parameters ?? []) check(`${name}: example of ${parameter.name}`, parameter.schema, parameter.example);
    for (const media of Object.values(operation.requestBody?.content ?? {})) check(`${name}: example body`, media.schema, media.example);
    for (const [status, response] of Object.entries(operation.responses))
      for (const media of Object.values(response.content ?? {})) {
        const examples = media.examples ? Object.values(media.examples).map(example => example.value) : [media.example];
        for (const example of examples) check(`${name}: example of ${status}`, media.schema, example);
      }
  }

for (const { method, path, status, contentType, headers, body } of answers) {
  const name = `${method} ${path} answered ${status}`;
  const response = description.paths[path]?.[method]?.responses[status];
  if (!response) {
    wrong.push(`${name}: not described`);
    continue;
  }
  for (const header of headers)
    if (!Object.keys(response.headers ?? {}).some(known => known.toLowerCase() === header.toLowerCase())) wrong.push(`${name}: header ${header} is not described`);
  if (body === null) {
    if (response.content) wrong.push(`${name}: no body, but one is described`);
    continue;
  }
  const media = response.content?.[contentType];
  if (media) check(name, media.schema, body);
  else wrong.push(`${name}: ${contentType} is not described`);
  if (contentType === "application/problem+json")
    for (const member of Object.keys(body))
      if (!(member in description.components.schemas.Problem.properties) && !media?.schema.allOf.some(part => part.properties?.[member])) wrong.push(`${name}: ${member} is not described`);
}

for (const line of wrong) console.log(line);
