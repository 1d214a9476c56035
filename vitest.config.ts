import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const source = {
  resolve: { conditions: ["@keyturn/source"] },
  ssr: { resolve: { conditions: ["@keyturn/source"] } },
};

export default defineConfig({
  test: {
    // Most of a test's time is waiting: for a clock, a process, Postgres. Two cores have room for three at once.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      {
        ...source,
        test: {
          name: "server",
          include: ["test/**/*.test.ts"],
          globalSetup: ["test/support/postgres-template.ts"],
          // Better Auth is loaded once per worker, not once per file: half of the time went there. A server holds no
          // state outside itself, and a test that would find some is right to fail.
          isolate: false,
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      {
        ...source,
        test: {
          name: "verifier",
          root: "packages/verifier",
          include: ["test/**/*.test.ts"],
          testTimeout: 20_000,
        },
      },
    ],
    coverage: { provider: "v8", include: ["src/**", "packages/verifier/src/**"] },
  },
});
