/** The audit trail as administrators read it: filters, pages, the whole as NDJSON, and its end. */
import { describe, expect, test, vi } from "vitest";
import { pruneEvents } from "../../src/audit/reading.ts";
import { startAdministered } from "../support/admin.ts";
import { asBearer, signUp } from "../support/people.ts";

describe("the audit trail", () => {
  test("is filtered by action, family of actions, actor, target, outcome and time", async () => {
    await using server = await startAdministered();
    const person = await signUp(server.url);
    await server.send("POST", `users/${person.id}/ban`, { reason: "spam" });
    await server.send("POST", `users/${person.id}/unban`);
    await server.as((await signUp(server.url)).bearer)("GET", "users");
    const actions = async (query: string): Promise<string[]> =>
      (await server.send("GET", `audit?${query}`)).body.events.map(
        ({ action }: { action: string }) => action,
      );
    expect(await actions("action=user.banned")).toEqual(["user.banned"]);
    expect(new Set(await actions("action=key.*"))).toEqual(new Set(["key.announced"]));
    expect(await actions(`target=${person.id}&action=user.*`)).toEqual(["user.unbanned", "user.banned"]);
    expect(await actions("outcome=refused")).toEqual(["request.forbidden"]);
    expect(await actions("until=2020-01-01")).toEqual([]);
    expect(await actions("from=2020-01-01&action=user.unbanned")).toEqual(["user.unbanned"]);
    expect((await server.send("GET", "audit?from=once")).status).toBe(422);
  });

  test("is read whole, a line for each event, however many there are", async () => {
    await using server = await startAdministered();
    await server.database.sql`
      insert into audit_event (action, actor, target, detail)
      select 'key.announced', 'scheduler', 'k' || i, '{}' from generate_series(1, 2500) i`;
    const response = await fetch(`${server.url}/admin/audit?action=key.announced&target=k7`, {
      headers: { ...asBearer(server.admin.bearer).headers, accept: "application/x-ndjson" },
    });
    expect((await response.text()).trim().split("\n")).toHaveLength(1);
    const all = await fetch(`${server.url}/admin/audit`, {
      headers: { ...asBearer(server.admin.bearer).headers, accept: "application/x-ndjson" },
    });
    const lines = (await all.text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(2500);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
  });

  test("breaks off where it cannot be read on, rather than seem to be whole", async () => {
    await using server = await startAdministered();
    await server.database.sql`
      insert into audit_event (action, actor, target, detail)
      select 'user.banned', 'x', 'y', jsonb_build_object('reason', repeat('long ', 1000))
      from generate_series(1, 6000)`;
    const { body } = await fetch(`${server.url}/admin/audit`, {
      headers: { ...asBearer(server.admin.bearer).headers, accept: "application/x-ndjson" },
    });
    const reader = body?.getReader();
    await reader?.read();
    await server.database.sql`alter table audit_event rename to mislaid`;
    const rest = async () => {
      while ((await reader?.read())?.done === false);
    };
    await expect(rest()).rejects.toThrow();
    await vi.waitFor(() => expect(server.log.join("")).toContain("not read to its end"));
  });

  test("tells what was refused and done whatever text it is about", async () => {
    await using server = await startAdministered();
    const person = await signUp(server.url);
    expect((await server.as(person.bearer)("GET", "users/%00")).status).toBe(403);
    const reason = "half of \ud83d a smile";
    expect((await server.send("POST", `users/${person.id}/ban`, { reason })).status).toBe(200);
    expect((await server.send("PUT", "apis/x", { permissions: [], name: reason })).status).toBe(200);
    await vi.waitFor(async () => {
      const events = await server.database.sql`
        select action, target, outcome, detail->>'reason' as reason from audit_event
        where action in ('request.forbidden', 'user.banned', 'api.saved') order by action`;
      expect(events).toEqual([
        { action: "api.saved", target: "x", outcome: "success", reason: null },
        { action: "request.forbidden", target: "/admin/users/\uFFFD", outcome: "refused", reason: null },
        { action: "user.banned", target: person.id, outcome: "success", reason: "half of \uFFFD a smile" },
      ]);
    });
  });

  test("is pruned by age, and nothing younger goes with it", async () => {
    await using server = await startAdministered();
    await server.database.sql`
      insert into audit_event (action, actor, target, detail, at)
      select 'key.announced', 'scheduler', 'old', '{}', now() - interval '401 days' from generate_series(1, 6000)`;
    const [before] = await server.database.sql`select count(*)::int as count from audit_event`;
    expect(await pruneEvents(server.server.services.db, 400 * 86_400_000)).toBe(6000);
    const [after] = await server.database.sql`select count(*)::int as count from audit_event`;
    expect(after?.["count"]).toBe(before?.["count"] - 6000);
  });
});
