// Checks Kubernetes manifests twice by kubernetes-models: its validators, generated from the API's schemas, know types, required members and
// formats; its declarations, given to the compiler, know every member there is, so that a misspelt one is found too. It also knows versions of the
// API that are no more, so only stable ones count.
// Usage: node check.mjs <folder>; prints { manifests: [{ file, manifest }], wrong: [text] }.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { parseAllDocuments } from "yaml";

const folder = process.argv[2];
const wrong = [];

const manifests = readdirSync(folder).filter(file => file.endsWith(".yaml")).sort().flatMap(file =>
  parseAllDocuments(readFileSync(path.join(folder, file), "utf8")).map(document => {
    wrong.push(...[...document.errors, ...document.warnings].map(error => `${file}: ${error.message}`));
    return { file, manifest: document.toJS() };
  }));

const declared = [];
for (const { file, manifest } of manifests) {
  if (manifest?.kind === "Kustomization") continue; // kustomize's own, and no object of the API
  const isStable = /^(.+\/)?v\d+$/.test(manifest?.apiVersion);
  const models = isStable ? await import(`kubernetes-models/${manifest.apiVersion}`).catch(() => ({})) : {};
  const Model = models[manifest?.kind];
  if (!Model) {
    wrong.push(`${file}: Kubernetes has no stable ${manifest?.apiVersion} ${manifest?.kind}`);
    continue;
  }
  try {
    new Model(manifest).validate();
  } catch (error) {
    wrong.push(`${file}: ${error.message}`);
  }
  declared.push({ file, text: `import type { I${manifest.kind} } from "kubernetes-models/${manifest.apiVersion}";\nconst manifest: I${manifest.kind} = ${JSON.stringify(manifest, null, 1)};\n` });
}

const options = { strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
const host = ts.createCompilerHost(options);
const read = host.getSourceFile;
const sources = new Map(declared.map(({ file, text }) => [path.resolve(`${file}.ts`), { file, text }]));
host.getSourceFile = (name, language) => sources.has(name) ? ts.createSourceFile(name, sources.get(name).text, language) : read(name, language);
host.fileExists = name => sources.has(name) || ts.sys.fileExists(name);

for (const diagnostic of ts.getPreEmitDiagnostics(ts.createProgram([...sources.keys()], options, host))) {
  const line = diagnostic.file?.text.slice(diagnostic.start).split("\n", 1)[0].trim();
  wrong.push(`${sources.get(diagnostic.file?.fileName)?.file}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, " ")} (${line})`);
}

console.log(JSON.stringify({ manifests, wrong }));
