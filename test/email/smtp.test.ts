/** What goes over the wire to a mail server, and what does not. */
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { createSmtpTransport, smtpOptions } from "../../src/email/smtp-transport.ts";
import { openMailbox } from "../support/mailbox.ts";

describe("mail by SMTP", () => {
  test("is one address, whatever is in it, with the same message id at every attempt", async () => {
    await using mailbox = await openMailbox();
    const transport = createSmtpTransport({
      url: mailbox.url,
      from: "Keyturn <no-reply@example.com>",
      host: "auth.example.com",
    });
    const message = { subject: "Hello\r\nBcc: eve@example.com", text: "text", html: "<p>html</p>" };
    const mail = { id: "7a1c", kind: "verification", to: "ada@example.com", message } as const;
    await transport.send(mail, new AbortController().signal);
    const received = await mailbox.next({ to: "ada@example.com" });
    expect(received).toMatchObject({
      from: "no-reply@example.com",
      subject: "Hello Bcc: eve@example.com",
      html: expect.stringContaining("<p>html</p>"),
      messageId: "<7a1c@auth.example.com>",
    });
    expect(received.header("bcc")).toBeUndefined();
    await expect(
      transport.send({ ...mail, to: "ada@example.com, eve@example.com" }, new AbortController().signal),
    ).rejects.toThrow();
    expect(mailbox.received.filter(({ to }) => to.includes("eve"))).toEqual([]);
    transport.close();
  });

  test("never gives a password away without TLS, unless to this machine or when told so", () => {
    const requireTLS = (url: string) => Object.hasOwn(smtpOptions(url), "requireTLS");
    expect(requireTLS("smtp://user:password@smtp.example.com")).toBe(true);
    for (const url of [
      "smtps://user:password@smtp.example.com",
      "smtp://smtp.example.com",
      "smtp://user:password@localhost:2525",
      "smtp://user:password@127.0.0.1:2525",
      "smtp://user:password@smtp.example.com?requireTLS=false",
    ]) {
      expect(requireTLS(url), url).toBe(false);
    }
  });

  test.each([
    "nobody",
    "",
    "a@b.example, c@d.example",
    "Keyturn <no-reply@example.com> x",
    "<a b@example.com>",
  ])("is not sent from %j: the start is refused, or the default taken where nothing was said", (from) => {
    if (from === "") expect(loadConfig({ MAIL_FROM: from }).MAIL_FROM).toBe("Keyturn <no-reply@localhost>");
    else expect(() => loadConfig({ MAIL_FROM: from })).toThrow(/MAIL_FROM: expected an address such as/);
  });

  test.each(["no-reply@example.com", "Keyturn <no-reply@example.com>", "<no-reply@example.com>"])(
    "may be sent from %j",
    (from) => {
      expect(loadConfig({ MAIL_FROM: from }).MAIL_FROM).toBe(from);
    },
  );
});
