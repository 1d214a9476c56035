/** What an installation declares in TypeScript. Copy it to keyturn.config.ts; docs/access.md describes each part. */
import { defineConfig } from "keyturn";

export default defineConfig({
  roles: {
    editor: { description: "Writes tasks.", permissions: ["tasks:*"] },
    reader: { permissions: ["tasks:read"] },
  },
  apis: {
    "https://tasks.example.com": {
      name: "Tasks",
      permissions: ["tasks:read", "tasks:write"],
      tokenTtl: "2m",
    },
  },
  claims: ({ user }) => ({ plan: user.roles.includes("editor") ? "pro" : "free" }),
});
