/** Templates of keyturn.config.ts instead of ours. Pure. */
import { StartupError } from "../errors.ts";
import type { ProjectConfig } from "../project.ts";
import { isMailKind, LIFETIME, type Templates } from "./kinds.ts";

/** Throws a `StartupError` for a kind of mail that does not exist. */
export function templatesOf({ mail }: Pick<ProjectConfig, "mail">): Partial<Templates> {
  const templates = mail?.templates ?? {};
  const unknown = Object.keys(templates).filter((kind) => !isMailKind(kind));
  if (unknown.length === 0) return templates;
  throw new StartupError(
    `keyturn.config.ts: there is no mail called ${unknown.join(", ")}`,
    `expected ${Object.keys(LIFETIME).join(", ")}`,
  );
}
