// What an application loads is two files, this package's and its platform's: each module costs a millisecond or two to
// import, more than anything the first token needs but the fetch. Adapters go through the public face, so that there is
// one `VerifierError`. Types come from tsc.
import { defineConfig, type Plugin, type RolldownOptions } from "rolldown";

const ADAPTERS = ["hono", "node", "fastify", "next", "ws", "grpc", "testing"];

const throughPublicFace: Plugin = {
  name: "through-public-face",
  resolveId: (id) => (/^\.\/(?:errors|guards)\.ts$/.test(id) ? { id: "./index.js", external: true } : null),
};

const build = (entries: readonly string[], plugins: Plugin[] = []): RolldownOptions => ({
  input: Object.fromEntries(entries.map((entry) => [entry, `src/${entry}.ts`])),
  // The runtime chooses the platform, by package.json.
  external: [/^node:/, "@grpc/grpc-js", "#platform"],
  platform: "neutral",
  logLevel: "warn",
  plugins,
  output: { dir: "dist", chunkFileNames: "[name].js", comments: false },
});

export default defineConfig([
  build(["index"]),
  build(["platform/node"]),
  build(["platform/web"]),
  build(ADAPTERS, [throughPublicFace]),
]);
