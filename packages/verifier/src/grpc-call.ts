// Owns one gRPC call that needs a token: held back until it is admitted, asked about again with every message if a
// guard wants that, refused by a status, ended when its token expires. Which calls need what is grpc.ts's matter.
import * as grpc from "@grpc/grpc-js";
import type { Auth } from "./auth.ts";
import { VerifierError } from "./errors.ts";
import { whenExpired } from "./expiry.ts";

export interface CallQuestions {
  /** More than one message may go either way. */
  readonly isStream: boolean;
  /** Once, before the handler is called. Both reject with a VerifierError where the answer is no. */
  admit(metadata: grpc.Metadata): Promise<Auth>;
  /** Before each message reaches the handler. */
  admitMessage(auth: Auth, message: unknown): Promise<void>;
}

export function guardCall(
  call: grpc.ServerInterceptingCallInterface,
  { isStream, admit, admitMessage }: CallQuestions,
): grpc.ServerInterceptingCall {
  let auth: Auth | undefined;
  let isOver = false;
  let callOff = (): void => {};

  function end(): void {
    isOver = true;
    callOff();
  }
  function refuse(error: unknown): void {
    if (isOver) return;
    end();
    call.sendStatus(statusOf(error));
  }
  /** Goes on if the question is answered well and the call is still there. */
  function after<Answer>(question: Promise<Answer>, go: (answer: Answer) => void): void {
    question.then((answer) => (isOver ? undefined : go(answer)), refuse);
  }

  const listener: grpc.ServerListener = {
    onReceiveMetadata: (metadata, go) =>
      after(admit(metadata), (admitted) => {
        auth = admitted;
        // One answer is given whole: cut off after its effects, it would be asked for again.
        if (isStream) {
          callOff = whenExpired(auth, () => refuse(new VerifierError("token_expired", "during the call")));
        }
        go(metadata);
      }),
    onReceiveMessage: (message, go) => {
      if (auth !== undefined) after(admitMessage(auth, message), () => go(message));
    },
    onCancel: end,
  };
  // The handler may go on for a moment after a refusal; a write to a stream that has ended would be an error.
  return new grpc.ServerInterceptingCall(call, {
    start: (begin) => begin(listener),
    sendMessage: (message, go) => (isOver ? undefined : go(message)),
  });
}

const CODES = {
  401: grpc.status.UNAUTHENTICATED,
  403: grpc.status.PERMISSION_DENIED,
  503: grpc.status.UNAVAILABLE,
} as const;

function statusOf(error: unknown): grpc.StatusObject {
  const metadata = new grpc.Metadata();
  // As grpc-js answers for a handler that throws.
  if (!(error instanceof VerifierError))
    return { code: grpc.status.UNKNOWN, details: "Unknown error", metadata };
  metadata.set("error-code", error.code);
  return { code: CODES[error.status], details: error.description, metadata };
}
