/** Permissions: what one covers, here and in the verifier alike, and what is left of several for one API. */
import { permits as permitsInApi } from "@keyturn/verifier";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPermission, limitTo, permits } from "../../src/access/permission.ts";

const segment = fc.constantFrom("tasks", "read", "write", "comments", "a-b", "*");
const permission = fc.oneof(
  fc.constant("*"),
  fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(":")),
);
const permissions = fc.array(permission, { maxLength: 6 });

describe("a permission", () => {
  test("covers here what it covers in the verifier of an API", () => {
    fc.assert(
      fc.property(permissions, permission, (held, wanted) => {
        expect(permits(held, wanted)).toBe(permitsInApi(held, wanted));
      }),
    );
  });

  test.each(["tasks", "tasks:read", "tasks:*", "*", "a.b-c_d:e"])("may be written %j", (text) => {
    expect(isPermission(text)).toBe(true);
  });

  test.each(["", ":", "tasks:", ":read", "tasks:*:read", "**", "tasks read", "tasks:ré", "a".repeat(101)])(
    "may not be written %j",
    (text) => {
      expect(isPermission(text)).toBe(false);
    },
  );
});

describe("permissions limited to an API", () => {
  test.each([
    [["tasks:*"], ["tasks:read", "tasks:write"], ["tasks:read", "tasks:write"]],
    [["tasks:read", "users:read"], ["tasks:*"], ["tasks:read"]],
    [["*"], ["tasks:*"], ["tasks:*"]],
    [["tasks:read"], ["tasks:read"], ["tasks:read"]],
    [["users:read"], ["tasks:*"], []],
    [[], ["*"], []],
  ])("%j and %j make %j", (held, offered, both) => {
    expect(limitTo(held, offered)).toEqual(both);
  });

  test("allow what both allow, and nothing else", () => {
    const plain = permission.filter((text) => !text.includes("*"));
    fc.assert(
      fc.property(permissions, permissions, plain, (held, offered, wanted) => {
        expect(permits(limitTo(held, offered), wanted)).toBe(
          permits(held, wanted) && permits(offered, wanted),
        );
      }),
    );
  });
});
