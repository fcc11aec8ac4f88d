// Fails the build when a page would load more than its budget: bytes as sent, by the manifest of the build.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const KB = 1000;
const ENTRY = 120 * KB;
const ROUTE = 200 * KB;
/** Chunks that are loaded when they come into view, by their source. */
const LAZY = { "shared/chart/echarts.ts": 220 * KB };

const folder = process.env.DRIVETRAIN_WEB_OUT ?? "dist";
const manifest = JSON.parse(readFileSync(join(folder, ".vite", "manifest.json"), "utf8"));
const sizes = new Map();
const sizeOf = (file) => {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(folder, file)), { level: 9 }).length);
  return sizes.get(file);
};

/** The files that a chunk needs at once: its own, its styles, and those of what it imports. */
function filesOf(name, seen = new Set()) {
  if (seen.has(name)) return new Set();
  seen.add(name);
  const chunk = manifest[name];
  return new Set([chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap((each) => [...filesOf(each, seen)])]);
}
const total = (files) => [...files].reduce((sum, file) => sum + sizeOf(file), 0);

const [entry] = Object.keys(manifest).filter((name) => manifest[name].isEntry);
const entryFiles = filesOf(entry);
const routes = Object.keys(manifest).filter((name) => name.endsWith("Page.vue"));
const measured = [
  { what: "entry", bytes: total(entryFiles), most: ENTRY },
  ...routes.map((name) => ({ what: name, bytes: total([...filesOf(name)].filter((file) => !entryFiles.has(file))), most: ROUTE })),
  ...Object.entries(LAZY).map(([name, most]) => ({ what: name, bytes: total([...filesOf(name)].filter((file) => !entryFiles.has(file))), most })),
];
const kilobytes = (bytes) => `${(bytes / KB).toFixed(1)} kB`;
const largest = measured.filter(({ most }) => most === ROUTE).sort((one, other) => other.bytes - one.bytes)[0];
for (const { what, bytes, most } of measured.filter((each) => each.most !== ROUTE || each === largest)) console.log(`${what}: ${kilobytes(bytes)} gzip of ${kilobytes(most)}`);
const over = measured.filter(({ bytes, most }) => bytes > most);
for (const { what, bytes, most } of over) console.error(`over budget: ${what} is ${kilobytes(bytes)} gzip, ${kilobytes(most)} are allowed`);
if (routes.length === 0) throw new Error("the manifest names no page");
process.exit(over.length ? 1 : 0);
