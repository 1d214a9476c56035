import { defineConfig } from "vitest/config";

const source = {
  resolve: { conditions: ["@keyturn/source"] },
  ssr: { resolve: { conditions: ["@keyturn/source"] } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: "server",
          include: ["test/**/*.test.ts"],
          globalSetup: ["test/support/postgres-template.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
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
