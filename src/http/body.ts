/** The JSON body of a request: parsed once, all mistakes reported together. */
import type { z } from "zod";
import { AppError, type FieldError } from "../errors.ts";
import type { AppContext } from "./context.ts";

/** No body at all counts as `{}`. `expected` is shown to whoever got it wrong. */
export async function readBody<Schema extends z.ZodType>(
  c: AppContext,
  schema: Schema,
  expected: string,
): Promise<z.output<Schema>> {
  const text = await c.req.text();
  return parseAs(schema, text === "" ? {} : parseJson(text), expected);
}

/** Throws `invalid_request` with every mistake. */
export function parseAs<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  expected: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidBody(
    expected,
    parsed.error.issues.map(({ path, message }) => ({ field: path.join(".") || "body", detail: message })),
  );
}

export const invalidBody = (expected: string, fields: readonly FieldError[]): AppError =>
  new AppError("invalid_request", `Expected ${expected}.`, { fields });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError("malformed_request", "Expected the body to be JSON.");
  }
}
