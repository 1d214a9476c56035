/**
 * From a session or an API key to what its token speaks of: the roles of the person, what they allow, and the active
 * organization. Refuses whoever lacks a second factor that one of the roles, or the organization, wants.
 */
import type { AccessBook } from "./book.ts";
import { permissionsOf } from "./model.ts";
import { limitTo } from "./permission.ts";
import { rolesOf } from "./roles.ts";
import { assertSecondFactor } from "./second-factor.ts";

interface Person {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string;
  readonly role: string | null;
  readonly twoFactorEnabled: boolean;
}

interface SessionOfPerson {
  readonly id: string;
  readonly impersonatedBy: string | null;
  readonly user: Person;
  readonly organization:
    | { readonly id: string; readonly role: string; readonly secondFactor: boolean }
    | undefined;
}

interface Subject {
  readonly session: { readonly id: string; readonly impersonatedBy: string | null };
  readonly user: Person;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly organization: { readonly id: string; readonly roles: readonly string[] } | undefined;
}

interface BearerOfKey {
  /** What the key may do at most; undefined: all its owner may. */
  readonly permissions: readonly string[] | undefined;
  readonly user: Person;
}

/** A key has no session, so its tokens have no `sid`. */
export type SubjectOfKey = (
  bearer: BearerOfKey,
) => Omit<Subject, "session"> & { readonly session: undefined };

export function createSubjectOfKey(book: Pick<AccessBook, "model">): SubjectOfKey {
  return ({ user, permissions: most }) => {
    assertSecondFactor(book, user);
    const roles = rolesOf(user.role);
    const held = permissionsOf(book.model(), roles);
    const permissions = most === undefined ? held : limitTo(held, most);
    return { session: undefined, user, roles, permissions, organization: undefined };
  };
}

export type SubjectOf = (session: SessionOfPerson) => Subject;

export function createSubjectOf(book: Pick<AccessBook, "model">): SubjectOf {
  return ({ id, user, impersonatedBy, organization }) => {
    assertSecondFactor(book, user, organization);
    const roles = rolesOf(user.role);
    return {
      session: { id, impersonatedBy },
      user,
      roles,
      permissions: permissionsOf(book.model(), roles),
      organization: organization && { id: organization.id, roles: organization.role.split(",") },
    };
  };
}
