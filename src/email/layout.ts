/**
 * The one form all built-in mails have: a line or two, at most one link or code, and why it came. As text and as HTML
 * without images, scripts or anything fetched. Every value is escaped here, so templates write plain sentences.
 */
import type { Message, Site } from "../mail-kinds.ts";

export interface Content {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly link?: { readonly label: string; readonly url: string };
  readonly code?: string;
  /** Small print: how long it works, and what to do when it was not you. */
  readonly closing: readonly string[];
}

export function compose(site: Site, { subject, paragraphs, link, code, closing }: Content): Message {
  const signature = `${site.name} · ${site.url}`;
  const text = [
    ...paragraphs,
    ...(code ? [code] : []),
    ...(link ? [link.url] : []),
    ...closing,
    `-- \n${signature}`,
  ];
  const body = [
    ...paragraphs.map((line) => `<p style="${PARAGRAPH}">${escapeHtml(line)}</p>`),
    ...(code ? [`<p style="${CODE}">${escapeHtml(code)}</p>`] : []),
    ...(link ? [button(link)] : []),
    ...closing.map((line) => `<p style="${SMALL}">${escapeHtml(line)}</p>`),
    `<p style="${SMALL}">${escapeHtml(signature)}</p>`,
  ];
  return {
    subject: oneLine(subject, 200),
    text: `${text.join("\n\n")}\n`,
    html: page(oneLine(subject, 200), body.join("\n")),
  };
}

/** The link is also written out: a reader should see where it leads. */
const button = ({ label, url }: { label: string; url: string }): string =>
  `<p style="${PARAGRAPH}"><a href="${escapeHtml(url)}" style="${BUTTON}">${escapeHtml(label)}</a></p>
<p style="${SMALL}">Or open this address: <a href="${escapeHtml(url)}" style="color:#1f5fbf;word-break:break-all">${escapeHtml(url)}</a></p>`;

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title></head>
<body style="margin:0;padding:24px;background:#ffffff;color:#1b1f24;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:560px;margin:0 auto">
${body}
</div>
</body>
</html>
`;

const PARAGRAPH = "margin:0 0 16px";
const SMALL = "margin:0 0 8px;color:#57606a;font-size:13px";
const CODE = "margin:0 0 16px;font:600 28px/1.3 ui-monospace,monospace;letter-spacing:4px";
const BUTTON =
  "display:inline-block;padding:10px 18px;border-radius:6px;background:#1f5fbf;color:#ffffff;text-decoration:none";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For element content and for attributes in quotes. */
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

/** Somebody else's words in a sentence of ours: one line, and no longer than a name. */
export function oneLine(text: string, max = 60): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

/** `1 hour`, `5 minutes`, `2 days`. */
export function spell(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [count, unit] =
    minutes % 1440 === 0
      ? [minutes / 1440, "day"]
      : minutes % 60 === 0
        ? [minutes / 60, "hour"]
        : [minutes, "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** `2026-11-21 15:59 UTC`: mail is read in a zone we do not know. */
export const spellTime = (at: Date): string => `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
