// Bundle the map's TypeScript into the one module that Python loads: `npm ci && npm run build`.
// The first line says what it was made from, so that a test without Node sees a forgotten build.
// With --print the bundle goes to standard output and nothing is written.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const MAP = new URL("./atlas_map/", import.meta.url);
const plain = (text) => text.replaceAll("\r\n", "\n");
const digest = (texts) => texts.reduce((hash, text) => hash.update(text).update("\0"), createHash("sha256")).digest("hex");

const names = readdirSync(new URL("src/", MAP)).filter((name) => name.endsWith(".ts")).sort();
const sources = digest(names.flatMap((name) => [name, plain(readFileSync(new URL(`src/${name}`, MAP), "utf8"))]));

const { outputFiles: [{ text }] } = await build({
  absWorkingDir: fileURLToPath(MAP),
  entryPoints: ["src/atlas_map.ts"],
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  write: false,
});
const body = plain(text);
const bundle = `// Built from src by \`npm run build\`, not to be edited; SHA-256 of src ${sources}, of what follows ${digest([body])}\n${body}`;
if (process.argv.includes("--print")) process.stdout.write(bundle);
else {
  mkdirSync(new URL("built/", MAP), { recursive: true });
  writeFileSync(new URL("built/atlas_map.js", MAP), bundle);
}
