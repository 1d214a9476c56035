// Better Auth's client with its passkey plugin, as a front end has it; bundled and put into a page by tests.
import { passkeyClient } from "@better-auth/passkey/client";
import { createAuthClient } from "better-auth/client";

globalThis.authClient = createAuthClient({ plugins: [passkeyClient()] });
