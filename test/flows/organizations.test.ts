/** Organizations: made, joined by invitation, active in a session, and in its tokens. */
import { createAuthClient } from "better-auth/client";
import { organizationClient } from "better-auth/client/plugins";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { openMailbox } from "../support/mailbox.ts";
import { asBearer, postJson, signUp, tokenOf } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { enableSecondFactor } from "../support/totp.ts";

const clientOf = (url: string, bearer: string) =>
  createAuthClient({
    baseURL: url,
    plugins: [organizationClient()],
    fetchOptions: { headers: { authorization: `Bearer ${bearer}` }, throw: true },
  });

async function ownerAndMember({ url, database }: TestServer) {
  const [owner, guest] = [await signUp(url), await signUp(url)];
  const { id } = await clientOf(url, owner.bearer).organization.create({ name: "Acme", slug: "acme" });
  await database.sql`
    insert into member (id, organization_id, user_id, role) values ('m', ${id}, ${guest.id}, 'member')`;
  return { owner, guest, id };
}

describe("an organization", () => {
  test("is in the token of a session where it is active, with the role there, and not otherwise", async () => {
    await using server = await startTestServer();
    const owner = await signUp(server.url);
    const client = clientOf(server.url, owner.bearer);
    expect(decodeJwt(await tokenOf(server.url, owner.bearer))).not.toHaveProperty("org_id");
    const made = await client.organization.create({ name: "Acme", slug: "acme" });
    await client.organization.setActive({ organizationId: made.id });
    const claims = decodeJwt(await tokenOf(server.url, owner.bearer));
    expect(claims).toMatchObject({ org_id: made.id, org_role: "owner" });
    await client.organization.setActive({ organizationId: null });
    expect(decodeJwt(await tokenOf(server.url, owner.bearer))).not.toHaveProperty("org_id");
  });

  test("is joined by an invitation in a mail, by whom it was for and nobody else", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({ env: { SMTP_URL: mailbox.url } });
    const [owner, guest, stranger] = [
      await signUp(server.url),
      await signUp(server.url),
      await signUp(server.url),
    ];
    await server.database.sql`update "user" set email_verified = true`;
    const client = clientOf(server.url, owner.bearer);
    const { id } = await client.organization.create({ name: "Acme", slug: "acme" });
    await client.organization.inviteMember({ email: guest.email, role: "member", organizationId: id });
    const mail = await mailbox.next({ to: guest.email, subject: /acme|invit/i });
    const invitationId =
      new URL(/https?:\/\/\S+invitation\?id=\S+/.exec(mail.text)?.[0] ?? "").searchParams.get("id") ?? "";
    const accept = (bearer: string) =>
      clientOf(server.url, bearer)
        .organization.acceptInvitation({ invitationId })
        .then(
          () => "accepted",
          () => "refused",
        );
    expect(await accept(stranger.bearer)).toBe("refused");
    const all = await Promise.all(Array.from({ length: 20 }, () => accept(guest.bearer)));
    expect(all.filter((outcome) => outcome === "accepted").length).toBeGreaterThanOrEqual(1);
    const members = await server.database.sql`select 1 from member where user_id = ${guest.id}`;
    expect(members).toHaveLength(1);
  });

  test("can want a second factor of its members: where it is active there is no token before it", async () => {
    await using server = await startTestServer();
    const { owner, guest, id } = await ownerAndMember(server);
    const data = { secondFactor: true };
    const byGuest = await postJson(
      `${server.url}/api/auth/organization/update`,
      { organizationId: id, data },
      asBearer(guest.bearer).headers,
    );
    expect(byGuest.status).toBe(403);
    const byOwner = await postJson(
      `${server.url}/api/auth/organization/update`,
      { organizationId: id, data },
      asBearer(owner.bearer).headers,
    );
    expect(byOwner.status).toBe(200);

    expect(decodeJwt(await tokenOf(server.url, guest.bearer))).not.toHaveProperty("org_id");
    await clientOf(server.url, guest.bearer).organization.setActive({ organizationId: id });
    const refused = await fetch(`${server.url}/api/auth/token`, asBearer(guest.bearer));
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      code: "second_factor_required",
      detail: expect.stringContaining("active organization"),
    });
    const { bearer } = await enableSecondFactor(server.url, guest);
    await clientOf(server.url, bearer).organization.setActive({ organizationId: id });
    expect(decodeJwt(await tokenOf(server.url, bearer))).toMatchObject({ org_id: id });
  });

  test("can be told by an administrator to want a second factor, which is on record", async () => {
    await using server = await startAdministered();
    const owner = await signUp(server.url);
    const client = clientOf(server.url, owner.bearer);
    const { id } = await client.organization.create({ name: "Acme", slug: "acme" });
    await client.organization.setActive({ organizationId: id });
    const set = (body: unknown, which = id) => server.send("PATCH", `organizations/${which}`, body);
    expect(
      (await server.as(owner.bearer)("PATCH", `organizations/${id}`, { second_factor: true })).status,
    ).toBe(403);
    expect((await set({ second_factor: "yes" })).status).toBe(422);
    expect((await set({ second_factor: true }, "none")).status).toBe(404);
    expect((await set({ second_factor: true })).body).toMatchObject({ id, second_factor: true });
    expect((await fetch(`${server.url}/api/auth/token`, asBearer(owner.bearer))).status).toBe(403);
    const { body } = await server.send("GET", "audit?action=organization.second_factor_set");
    expect(body.events).toMatchObject([
      { actor: server.admin.id, target: id, detail: { second_factor: true }, outcome: "success" },
    ]);
    expect((await set({ second_factor: false })).body).toMatchObject({ second_factor: false });
    await tokenOf(server.url, owner.bearer);
  });

  test("is not in the token of somebody who was removed from it, though it was active", async () => {
    await using server = await startTestServer();
    const { owner, guest, id } = await ownerAndMember(server);
    const client = clientOf(server.url, owner.bearer);
    await clientOf(server.url, guest.bearer).organization.setActive({ organizationId: id });
    expect(decodeJwt(await tokenOf(server.url, guest.bearer))["org_id"]).toBe(id);
    await client.organization.removeMember({ memberIdOrEmail: guest.email, organizationId: id });
    expect(decodeJwt(await tokenOf(server.url, guest.bearer))).not.toHaveProperty("org_id");
  });
});
