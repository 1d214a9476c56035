/** Organizations with roles, teams and invitations by mail: Better Auth's plugin, with what it leaves open decided. */
import type { BetterAuthPlugin } from "better-auth";
import { organization } from "better-auth/plugins/organization";
import type { Mailer } from "../email/mailer.ts";
import { LIFETIME } from "../mail-kinds.ts";

/** `page`: where an invitation is accepted; its id goes into `?id=`. */
export const organizations = (mailer: Mailer, page: string): BetterAuthPlugin =>
  organization({
    teams: { enabled: true },
    // Whoever has not shown that the address is theirs could accept what was meant for somebody else.
    requireEmailVerificationOnInvitation: true,
    membershipLimit: 10_000,
    cancelPendingInvitationsOnReInvite: true,
    invitationExpiresIn: LIFETIME.invitation / 1000,
    schema: {
      organization: {
        // Whoever may update it may say so; `access/second-factor.ts` holds its members to it.
        additionalFields: { secondFactor: { type: "boolean", required: false, defaultValue: false } },
      },
    },
    async sendInvitationEmail({ id, email, organization: to, inviter }) {
      const url = new URL(page);
      url.searchParams.set("id", id);
      await mailer.queue("invitation", email, {
        url: url.href,
        organization: to.name,
        inviter: inviter.user.name,
      });
    },
  });
