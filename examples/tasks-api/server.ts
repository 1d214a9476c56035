/**
 * A sample API behind Keyturn: tasks kept in memory, to each person only their own. It reads the issuer's public keys
 * and verifies tokens by itself; no request of a caller becomes a request to Keyturn.
 */
import { randomUUID } from "node:crypto";
import { serve } from "@hono/node-server";
import { createVerifier, type Verifier } from "@keyturn/verifier";
import { type AuthEnv, bearer, requireUser } from "@keyturn/verifier/hono";
import { type Context, Hono } from "hono";
import { z } from "zod";

const taskBody = z.object({ title: z.string().trim().min(1).max(200), done: z.boolean().default(false) });
type Task = z.infer<typeof taskBody> & { readonly id: string };

export function createTasksApi(verifier: Pick<Verifier, "verify">): Hono<AuthEnv> {
  const tasksByUser = new Map<string, Map<string, Task>>();
  const tasksOf = (userId: string) => tasksByUser.get(userId) ?? new Map<string, Task>();

  const app = new Hono<AuthEnv>();
  // 401 without a good token, 403 for somebody else's path. Whatever comes below is for the right person.
  app.use("/api/:user_id/*", bearer(verifier), requireUser("user_id"));

  app.get("/api/:user_id/tasks", (c) => c.json({ tasks: [...tasksOf(c.var.auth.userId).values()] }));

  app.post("/api/:user_id/tasks", async (c) => {
    const body = taskBody.safeParse(await readJson(c));
    if (!body.success) return invalid(c, body.error);
    const task = { id: randomUUID(), ...body.data };
    const { userId } = c.var.auth;
    tasksByUser.set(userId, tasksOf(userId).set(task.id, task));
    return c.json(task, 201, { Location: `${c.req.path}/${task.id}` });
  });

  app.get("/api/:user_id/tasks/:id", (c) => {
    const task = tasksOf(c.var.auth.userId).get(c.req.param("id"));
    return task === undefined ? c.notFound() : c.json(task);
  });

  app.put("/api/:user_id/tasks/:id", async (c) => {
    const tasks = tasksOf(c.var.auth.userId);
    const id = c.req.param("id");
    if (!tasks.has(id)) return c.notFound();
    const body = taskBody.safeParse(await readJson(c));
    if (!body.success) return invalid(c, body.error);
    const task = { id, ...body.data };
    tasks.set(id, task);
    return c.json(task);
  });

  app.delete("/api/:user_id/tasks/:id", (c) =>
    tasksOf(c.var.auth.userId).delete(c.req.param("id")) ? c.body(null, 204) : c.notFound(),
  );

  app.notFound((c) => problem(c, 404, "There is nothing here."));
  return app;
}

/** Undefined where the body is not JSON; the schema refuses that as well. */
const readJson = (c: Context): Promise<unknown> => c.req.json().catch(() => undefined);

const invalid = (c: Context, { issues }: z.ZodError): Response =>
  problem(c, 422, "The task is not as expected.", {
    errors: issues.map(({ path, message }) => ({ field: path.join(".") || "body", detail: message })),
  });

/** RFC 9457, as Keyturn and its verifier answer. */
const problem = (c: Context, status: 404 | 422, detail: string, more = {}): Response =>
  c.body(JSON.stringify({ status, detail, ...more }), status, { "Content-Type": "application/problem+json" });

if (import.meta.main) {
  const { ISSUER = "http://localhost:3000", AUDIENCE = ISSUER, PORT = "4000" } = process.env;
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE });
  await verifier.ready();
  serve({ fetch: createTasksApi(verifier).fetch, hostname: "127.0.0.1", port: Number(PORT) }, ({ port }) =>
    console.log(`The tasks API listens on http://127.0.0.1:${port} and trusts ${ISSUER}`),
  );
}
