/** Chapters at the tasks API: what one may do with one's own tasks, and every way to be refused. */
import { z } from "zod";
import { Difference } from "./difference.ts";
import type { Person } from "./people.ts";
import { pollUntil } from "./poll.ts";
import { type Setting, TOKEN_TTL_SECONDS } from "./setting.ts";

const task = z.object({ id: z.string(), title: z.string(), done: z.boolean() });
const taskList = z.object({ tasks: z.array(task) });
const invalidBody = z.object({ errors: z.array(z.object({ field: z.string() })) });

export async function useOwnTasks({ screen, tasks, ids }: Setting, { token: bearer }: Person): Promise<void> {
  screen.step("One's own tasks", "The API checks the token by itself; Keyturn is not asked.");
  const created = await tasks("POST /api/{ada}/tasks", {
    bearer,
    body: { title: "Turn the keys" },
    status: 201,
    why: "Ada writes a task",
  });
  ids.set("task", task.parse(created.body).id);
  const done = { title: "Turn the keys", done: true };
  const why = "ticks it off";
  await tasks("PUT /api/{ada}/tasks/{task}", { bearer, body: done, status: 200, why });
  const list = await tasks("GET /api/{ada}/tasks", { bearer, status: 200, why: "and sees it done" });
  const [first] = taskList.parse(list.body).tasks;
  if (first?.title !== done.title || !first.done)
    throw new Difference(`expected one task done, got ${JSON.stringify(list.body)}`);
  await tasks("DELETE /api/{ada}/tasks/{task}", { bearer, status: 204, why: "throws it away" });
  await tasks("GET /api/{ada}/tasks/{task}", { bearer, status: 404, why: "where it is no more" });
  const untitled = await tasks("POST /api/{ada}/tasks", {
    bearer,
    body: { title: "" },
    status: 422,
    why: "a task without a title: the answer names the field",
  });
  if (invalidBody.parse(untitled.body).errors[0]?.field !== "title")
    throw new Difference(`expected the field title to be named, got ${JSON.stringify(untitled.body)}`);
}

export async function beRefused({ screen, tasks, ids }: Setting, ada: Person, ben: Person): Promise<void> {
  screen.step("What is refused", "403: a good token, somebody else's tasks. 401: no good token.");
  const mismatch = { status: 403, code: "user_mismatch" };
  const read = "GET /api/{ada}/tasks";
  await tasks(read, { ...mismatch, bearer: ben.token, why: "Ben reads Ada's" });
  await tasks("POST /api/{ada}/tasks", { ...mismatch, bearer: ben.token, body: {}, why: "Ben writes there" });
  await tasks("GET /api/{ben}/tasks", { ...mismatch, bearer: ada.token, why: "nor may an admin" });
  await tasks(read, { status: 401, code: "token_missing", why: "nobody in particular" });
  const tampered = withClaim(ben.token, "sub", ids.get("ada"));
  const forgery = { status: 401, code: "signature_invalid", why: "Ada's id put into Ben's token" };
  await tasks(read, { ...forgery, bearer: tampered });
}

export async function outliveToken(
  { screen, tasks, tasksUrl, ids }: Setting,
  { token }: Person,
): Promise<void> {
  screen.step(
    "Ada's first token runs out",
    `It lived ${TOKEN_TTL_SECONDS} s; verifiers allow 5 s more, since clocks differ. Waiting for that …`,
  );
  await pollUntil("the API refuses Ada's first token", 30_000, async () => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${tasksUrl}/api/${ids.get("ada")}/tasks`, { headers });
    await response.arrayBuffer();
    return response.status !== 200;
  });
  const expired = { status: 401, code: "token_expired", why: "a good token, too old" };
  await tasks("GET /api/{ada}/tasks", { ...expired, bearer: token });
}

/** The same header and signature around other claims: all that somebody without the private key can do. */
function withClaim(token: string, name: string, value: unknown): string {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const claims = z.record(z.string(), z.unknown()).parse(JSON.parse(atobUrl(payload)));
  const changed = Buffer.from(JSON.stringify({ ...claims, [name]: value })).toString("base64url");
  return [header, changed, signature].join(".");
}

const atobUrl = (segment: string): string => Buffer.from(segment, "base64url").toString();
