// Bundles scripts and styles into web/static/dist with content hashes, a manifest and compressed copies.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "..", "static", "dist");

const diagramStyles = {
  // The viewer writes style attributes into markup, which the content security policy refuses; app.css has them as rules.
  name: "no-inline-styles",
  setup(builder) {
    builder.onLoad({ filter: /(bpmn-js|diagram-js)\/.*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/ style="[^"$]*"/g, ""),
      loader: "js",
    }));
  },
};

const { outputFiles } = await build({
  entryPoints: { app: join(here, "app.js"), diagram: join(here, "diagram.js") },
  outdir: dist,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  charset: "utf8",
  loader: { ".svg": "dataurl" },
  plugins: [diagramStyles],
  write: false,
});

mkdirSync(dist, { recursive: true });
const manifest = {};
const icon = { path: join(dist, "icon.svg"), contents: readFileSync(join(here, "icon.svg")) };
for (const { path, contents } of [...outputFiles, icon]) {
  const plain = path.slice(dist.length + 1);
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 12);
  const hashed = plain.replace(/\.(\w+)$/, `-${hash}.$1`);
  manifest[plain] = hashed;
  const compressed = gzipSync(contents, { level: 9 });
  writeFileSync(join(dist, hashed), contents);
  writeFileSync(join(dist, `${hashed}.gz`), compressed);
  console.log(`${hashed}  ${contents.length} bytes, ${compressed.length} compressed`);
}
writeFileSync(join(dist, "manifest.json"), JSON.stringify(manifest));

// Only now, so that a running server never points to a file that is not there.
const current = new Set(["manifest.json", ...Object.values(manifest).flatMap((name) => [name, `${name}.gz`])]);
for (const name of readdirSync(dist)) if (!current.has(name)) rmSync(join(dist, name), { recursive: true });
