/** The operator's "rotate", written. What it does is `rotation.ts`'s to decide. */
import type { Actor } from "../audit/audit.ts";
import { planRotation, type Rotation, type RotationRequest } from "./rotation.ts";
import { type TurnParts, turn, type Written } from "./turn.ts";

export async function rotateKeys(
  parts: TurnParts,
  actor: Actor,
  request: RotationRequest,
): Promise<{ rotations: Rotation[]; written: readonly Written[] }> {
  const { answer: rotations, written } = await turn(parts, actor, (keys, now) => {
    const { transitions, rotations: answer } = planRotation(keys, parts.policy, now, request);
    return { transitions, answer };
  });
  return { rotations, written };
}
