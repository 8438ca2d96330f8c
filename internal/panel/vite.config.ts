import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const brotli = promisify(brotliCompress);
const gz = promisify(gzip);
const require = createRequire(import.meta.url);

/** Writes .br and .gz next to every compressible output, so that the server only has to pick one. */
function precompress(): Plugin {
  let out = "";
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      out = config.build.outDir;
    },
    closeBundle: {
      order: "post",
      sequential: true,
      async handler() {
        const files = await readdir(out, { recursive: true, withFileTypes: true });
        const text = files.filter((f) => f.isFile() && /\.(js|css|html|svg|json|txt)$/.test(f.name));
        await Promise.all(
          text.map(async (f) => {
            const path = join(f.parentPath, f.name);
            const src = await readFile(path);
            if (src.length < 1024) return;
            const [br, gzipped] = await Promise.all([
              brotli(src, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
              gz(src, { level: 9 }),
            ]);
            await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gzipped)]);
          }),
        );
      },
    },
  };
}

const emojiFiles = ["es", "en"].flatMap((lang) => ["data", "messages"].map((name) => `${lang}/${name}.json`));

/** Serves the emoji names from our own origin; the picker would otherwise ask a CDN. */
function emojiData(): Plugin {
  const read = (file: string) => readFile(require.resolve(`emojibase-data/${file}`));
  return {
    name: "emoji-data",
    async generateBundle() {
      for (const file of emojiFiles)
        this.emitFile({ type: "asset", fileName: `emoji/${file}`, source: await read(file) });
    },
    configureServer(server) {
      server.middlewares.use("/emoji", (req, res, next) => {
        const file = req.url?.slice(1) ?? "";
        if (!emojiFiles.includes(file)) return next();
        void read(file).then((body) => res.setHeader("Content-Type", "application/json").end(body));
      });
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), emojiData(), precompress()],
  resolve: {
    alias: {
      "@": fileURLToPath(new URL("./src", import.meta.url)),
      "react-remove-scroll": fileURLToPath(new URL("./src/lib/scroll-lock.tsx", import.meta.url)),
    },
  },
  build: {
    outDir: process.env.OUT_DIR ?? "dist",
    emptyOutDir: true,
    manifest: true, // scripts/budget.mjs reads it
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 500,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules\/(react|react-dom|scheduler)\//, priority: 3 },
            { name: "forms", test: /node_modules\/(zod|react-hook-form|@hookform)\//, priority: 3 },
            // A file of its own per icon costs more than the icon.
            { name: "icons", test: /node_modules\/lucide-react\/dist\/esm\/icons\//, priority: 1, minShareCount: 6 },
            {
              name: "app",
              test: /node_modules\/(@tanstack\/(react-query|query-core|react-router|router-core|history|react-store|store)|i18next|react-i18next|openapi-fetch|clsx|tailwind-merge|class-variance-authority)\//,
              priority: 2,
              minShareCount: 1,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: process.env.API_ORIGIN ?? "http://127.0.0.1:8080", ws: true } } },
  test: {
    environment: "happy-dom",
    setupFiles: ["./src/test-setup.ts"],
    include: ["src/**/*.test.{ts,tsx}", "scripts/**/*.test.mjs"],
  },
});
