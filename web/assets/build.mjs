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

const editorStyles = {
  // The editors write style attributes into markup, which the content security policy refuses. Markup goes through
  // `domify`: ours puts each style on the element after it was made, so no file of theirs is changed but for icons.
  name: "styles-after-parsing",
  setup(builder) {
    builder.onResolve({ filter: /^domify$/ }, ({ importer }) =>
      importer === join(here, "designer", "markup.js") ? undefined : { path: join(here, "designer", "markup.js") },
    );
    builder.onLoad({ filter: /(AlignElementsIcons|DistributeElementsIcons|ColorPopupProvider)\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/style="([^"$]*)"/g, (_whole, style) => attributes(style)),
      loader: "js",
    }));
  },
};

const onePreact = {
  // The form editor and its viewer ask for preact each from its own folder: two of them in one page do not know each other.
  name: "one-preact",
  setup(builder) {
    builder.onResolve({ filter: /^preact($|\/)/ }, ({ path, kind, pluginData }) =>
      pluginData === "ours" ? undefined : builder.resolve(path, { kind, resolveDir: here, pluginData: "ours" }),
    );
  },
};

const adoptedStyles = {
  // CodeMirror puts its rules into a style element, which the policy refuses, where it could as well adopt a style sheet.
  name: "adopted-style-sheets",
  setup(builder) {
    builder.onLoad({ filter: /style-mod\/src\/style-mod\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      if (!source.includes("!root.head && ")) throw new Error("style-mod has changed: its test for style elements is not found");
      return { contents: source.replace("!root.head && ", ""), loader: "js" };
    });
  },
};

// The presentation attributes of SVG that say the same as a style.
function attributes(style) {
  const pairs = style.split(";").map((each) => each.split(":").map((part) => part.trim()));
  return pairs.filter(([name, value]) => name && value).map(([name, value]) => `${name}="${value}"`).join(" ");
}

// Of an icon font only the form that every browser of today reads.
const FONTS = { ".woff2": "dataurl", ".woff": "empty", ".ttf": "empty", ".eot": "empty", ".svg": "empty" };

const common = {
  outdir: dist,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  charset: "utf8",
  loader: { ".svg": "dataurl" },
  write: false,
};
const built = await Promise.all([
  build({ ...common, entryPoints: { reports: join(here, "reports", "reports.js"), settings: join(here, "designer", "settings.js") } }),
  build({ ...common, entryPoints: { app: join(here, "app.js"), diagram: join(here, "diagram.js") }, plugins: [diagramStyles] }),
  ...["designer", "advanced", "decisions", "forms"].map((name) =>
    build({ ...common, entryPoints: { [name]: join(here, "designer", `${name}.js`) }, plugins: [editorStyles, adoptedStyles, onePreact], loader: FONTS }),
  ),
]);
const outputFiles = built.flatMap((each) => each.outputFiles);

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
