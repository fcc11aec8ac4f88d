import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import VueI18nPlugin from "@intlify/unplugin-vue-i18n/vite";
import tailwindcss from "@tailwindcss/vite";
import vue from "@vitejs/plugin-vue";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));
/** A running platform, for `npm run dev`. */
const api = process.env["DRIVETRAIN_API"] ?? "http://127.0.0.1:8000";

/**
 * `import contract from "contract:RentalPriceRequest"`: the JSON schema of one request body. A page carries the
 * metadata of its own form, not the whole OpenAPI document.
 */
function contracts(): Plugin {
  const prefix = "contract:";
  return {
    name: "drivetrain-contracts",
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${prefix}`)) return undefined;
      const name = id.slice(prefix.length + 1);
      const file = fileURLToPath(new URL("api/openapi.json", import.meta.url));
      this.addWatchFile(file);
      const schema = JSON.parse(readFileSync(file, "utf8")).components.schemas[name];
      if (!schema) this.error(`api/openapi.json has no schema ${name}`);
      return `export default ${JSON.stringify(schema)}`;
    },
  };
}

export default defineConfig(({ command }) => ({
  root,
  // Relative: the app works behind any path prefix. The server rewrites "./" in index.html by the depth of the page.
  base: command === "build" ? "./" : "/app/",
  plugins: [
    contracts(),
    vue(),
    tailwindcss(),
    VueI18nPlugin({
      include: [fileURLToPath(new URL("languages/**/*.json", import.meta.url))],
      runtimeOnly: true,
      dropMessageCompiler: true,
      strictMessage: false,
    }),
  ],
  resolve: { alias: { "@": root.replace(/\/$/, "") } },
  define: { __VUE_OPTIONS_API__: "false" },
  build: {
    outDir: process.env["DRIVETRAIN_WEB_OUT"] ?? "dist",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    // A data: font or image in a stylesheet would be one more thing for the content security policy to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: { "^/(?!app/)": { target: api, changeOrigin: false, headers: {} } },
  },
  // generous: a check runs beside other work, and a test that hangs is found all the same
  test: { include: ["**/*.test.ts"], exclude: ["node_modules/**", "dist/**"], testTimeout: 120_000, hookTimeout: 120_000 },
}));
