/** Better Auth's own client library, as front ends use it, with the plugins that go with mail. */
import { createAuthClient } from "better-auth/client";
import { emailOTPClient, magicLinkClient } from "better-auth/client/plugins";

/** `bearer`: of whoever is signed in. */
export const authClient = (url: string, bearer?: string) =>
  createAuthClient({
    baseURL: url,
    plugins: [magicLinkClient(), emailOTPClient()],
    fetchOptions: bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } },
  });

/** Opens a link as a browser does, and stays where it is sent to. */
export async function open(link: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(link, { redirect: "manual", headers });
}

/** Where a link led to. */
export const destination = (response: Response): string => response.headers.get("location") ?? "";
