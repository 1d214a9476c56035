// What a refusal was, as a value to compare. Anything but a VerifierError fails the test that asked.
import { VerifierError } from "@keyturn/verifier";

export async function refusalOf(outcome: () => unknown): Promise<VerifierError> {
  let accepted: unknown;
  try {
    accepted = await outcome();
  } catch (error) {
    if (error instanceof VerifierError) return error;
    throw new Error(`expected a VerifierError, got ${String(error)}`, { cause: error });
  }
  throw new Error(`expected a refusal, got ${JSON.stringify(accepted)}`);
}

export const codeOf = async (outcome: () => unknown): Promise<string> => (await refusalOf(outcome)).code;
