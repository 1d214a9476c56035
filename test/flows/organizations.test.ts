/** Organizations: made, joined by invitation, active in a session, and in its tokens. */
import { createAuthClient } from "better-auth/client";
import { organizationClient } from "better-auth/client/plugins";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { openMailbox } from "../support/mailbox.ts";
import { signUp, tokenOf } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

const clientOf = (url: string, bearer: string) =>
  createAuthClient({
    baseURL: url,
    plugins: [organizationClient()],
    fetchOptions: { headers: { authorization: `Bearer ${bearer}` }, throw: true },
  });

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
      new URL(/https?:\/\/\S+invitation=\S+/.exec(mail.text)?.[0] ?? "").searchParams.get("invitation") ?? "";
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

  test("is not in the token of somebody who was removed from it, though it was active", async () => {
    await using server = await startTestServer();
    const [owner, guest] = [await signUp(server.url), await signUp(server.url)];
    const client = clientOf(server.url, owner.bearer);
    const { id } = await client.organization.create({ name: "Acme", slug: "acme" });
    await server.database.sql`
      insert into member (id, organization_id, user_id, role) values ('m', ${id}, ${guest.id}, 'member')`;
    await clientOf(server.url, guest.bearer).organization.setActive({ organizationId: id });
    expect(decodeJwt(await tokenOf(server.url, guest.bearer))["org_id"]).toBe(id);
    await client.organization.removeMember({ memberIdOrEmail: guest.email, organizationId: id });
    expect(decodeJwt(await tokenOf(server.url, guest.bearer))).not.toHaveProperty("org_id");
  });
});
