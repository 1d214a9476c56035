/** A real SMTP server on loopback: what arrives can be waited for, and it can be away, slow, or refuse somebody. */
import { callbackify } from "node:util";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { freePort } from "./server.ts";

export interface ReceivedMail {
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly header: (name: string) => string | undefined;
}

export interface Mailbox extends AsyncDisposable {
  /** For SMTP_URL. */
  readonly url: string;
  /** All that arrived, in order, taken or not. */
  readonly received: readonly ReceivedMail[];
  /** The first one not taken yet that fits. Waits for it, ten seconds at most. */
  next(wanted: { to: string; subject?: string | RegExp }): Promise<ReceivedMail>;
  /** Attempts to hand over anything to this address that were refused. */
  readonly refusals: readonly string[];
  /** From now on answers 550 for this address, and repeats it as servers do. */
  refuse(address: string): void;
  /** No answer at all, as a machine that is off. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const PATIENCE_MS = 10_000;

export async function openMailbox(): Promise<Mailbox> {
  const port = await freePort();
  const received: ReceivedMail[] = [];
  const taken = new Set<ReceivedMail>();
  const refused = new Set<string>();
  const refusals: string[] = [];
  const arrivals = new EventTarget();
  let server: SMTPServer | undefined;

  const fits = (mail: ReceivedMail, { to, subject = "" }: { to: string; subject?: string | RegExp }) =>
    mail.to === to &&
    (typeof subject === "string" ? mail.subject.includes(subject) : subject.test(mail.subject));

  const mailbox: Mailbox = {
    url: `smtp://localhost:${port}`,
    received,
    refusals,
    refuse: (address) => void refused.add(address),
    async next(wanted) {
      const deadline = AbortSignal.timeout(PATIENCE_MS);
      for (;;) {
        const found = received.find((mail) => !taken.has(mail) && fits(mail, wanted));
        if (found !== undefined) {
          taken.add(found);
          return found;
        }
        const arrival = new Promise((resolve) => arrivals.addEventListener("mail", resolve, { once: true }));
        const late = new Promise((resolve) => deadline.addEventListener("abort", resolve, { once: true }));
        await Promise.race([arrival, late]);
        if (deadline.aborted) {
          const others = received.map(({ to, subject }) => `${to}: ${subject}`).join("; ");
          throw new Error(
            `no mail for ${wanted.to} (${String(wanted.subject)}); there is: ${others || "none"}`,
          );
        }
      }
    },
    async stop() {
      const stopping = server;
      server = undefined;
      if (stopping !== undefined) await new Promise<void>((resolve) => stopping.close(resolve));
    },
    async start() {
      const starting = new SMTPServer({
        authOptional: true,
        disabledCommands: ["STARTTLS"],
        closeTimeout: 100,
        logger: false,
        onRcptTo({ address }, _session, done) {
          if (!refused.has(address)) return done();
          refusals.push(address);
          return done(Object.assign(new Error(`5.1.1 <${address}>: unknown here`), { responseCode: 550 }));
        },
        onData: callbackify(async (stream: SMTPServerDataStream, { envelope }: SMTPServerSession) => {
          received.push(await receive(stream, envelope.rcptTo[0]?.address ?? ""));
          arrivals.dispatchEvent(new Event("mail"));
        }),
      });
      // A sender that goes away in the middle is no error of ours.
      starting.on("error", () => {});
      await new Promise<void>((resolve) => starting.listen(port, "localhost", resolve));
      server = starting;
    },
    [Symbol.asyncDispose]: () => mailbox.stop(),
  };
  await mailbox.start();
  return mailbox;
}

async function receive(stream: SMTPServerDataStream, to: string): Promise<ReceivedMail> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  const mail: Email = await PostalMime.parse(Buffer.concat(chunks));
  return {
    to,
    from: mail.from?.address ?? "",
    subject: mail.subject ?? "",
    text: mail.text ?? "",
    html: mail.html ?? "",
    messageId: mail.messageId ?? "",
    header: (name) => mail.headers.find(({ key }) => key === name.toLowerCase())?.value,
  };
}

/** The address to click on. */
export function linkIn({ text }: ReceivedMail): string {
  const link = /https?:\/\/\S+\/api\/auth\/\S+/.exec(text)?.[0];
  if (link === undefined) throw new Error(`no link in:\n${text}`);
  return link;
}

export function codeIn({ text }: ReceivedMail): string {
  const code = /^\d{6}$/m.exec(text)?.[0];
  if (code === undefined) throw new Error(`no code in:\n${text}`);
  return code;
}
