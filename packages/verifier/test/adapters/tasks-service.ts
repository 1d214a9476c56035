// A gRPC service with a method of each of the four kinds, and a public one, behind the adapter; messages are JSON, so
// that no file has to be generated. And a client whose every outcome is a value.
import * as grpc from "@grpc/grpc-js";
import type { Auth } from "@keyturn/verifier";

interface Message {
  readonly user?: string;
  readonly text?: string;
}

/** Unary, server stream, client stream, bidirectional. */
export const KINDS = ["Get", "List", "Upload", "Chat"] as const;
export type Kind = (typeof KINDS)[number];
export const pathOf = (kind: Kind | "Check"): string => `/test.Tasks/${kind}`;

const toBytes = (message: Message): Buffer => Buffer.from(JSON.stringify(message));
const fromBytes = (bytes: Buffer): Message => JSON.parse(bytes.toString());
const method = (kind: Kind | "Check", requestStream: boolean, responseStream: boolean) => ({
  path: pathOf(kind),
  requestStream,
  responseStream,
  requestSerialize: toBytes,
  requestDeserialize: fromBytes,
  responseSerialize: toBytes,
  responseDeserialize: fromBytes,
});
const SERVICE = {
  Get: method("Get", false, false),
  List: method("List", false, true),
  Upload: method("Upload", true, false),
  Chat: method("Chat", true, true),
  Check: method("Check", false, false),
};

export interface TasksServer extends AsyncDisposable {
  readonly address: string;
  /** What handlers were called with: the kind, then the texts they received. */
  readonly handled: string[];
  /** How often a handler was told that its call is over before it was done. */
  cancelled: number;
}

/** Milliseconds `Get` takes when its text says "stay". */
export const STAY = 400;

/** `List` and `Chat` go on until the call is ended when a text says "stay". */
export async function startTasks(
  interceptors: grpc.ServerInterceptor[],
  authOf: (call: { readonly metadata: grpc.Metadata }) => Auth,
): Promise<TasksServer> {
  const server = new grpc.Server({ interceptors });
  const greet = (call: { metadata: grpc.Metadata }): Message => ({ text: `hello ${authOf(call).userId}` });
  const watch = (call: { on(event: "cancelled", listener: () => void): unknown }): void => {
    call.on("cancelled", () => tasks.cancelled++);
  };
  server.addService(SERVICE, {
    Get(call: grpc.ServerUnaryCall<Message, Message>, answer: grpc.sendUnaryData<Message>) {
      tasks.handled.push("Get");
      if (call.request.text === "stay") setTimeout(() => answer(null, greet(call)), STAY);
      else answer(null, greet(call));
    },
    List(call: grpc.ServerWritableStream<Message, Message>) {
      tasks.handled.push("List");
      watch(call);
      call.write(greet(call));
      if (call.request.text === "stay") keepWriting(call);
      else call.end();
    },
    Upload(call: grpc.ServerReadableStream<Message, Message>, answer: grpc.sendUnaryData<Message>) {
      tasks.handled.push("Upload");
      watch(call);
      call.on("data", ({ text = "" }: Message) => tasks.handled.push(text));
      call.on("end", () => answer(null, greet(call)));
    },
    Chat(call: grpc.ServerDuplexStream<Message, Message>) {
      tasks.handled.push("Chat");
      watch(call);
      call.write(greet(call));
      call.on("data", ({ text = "" }: Message) => {
        tasks.handled.push(text);
        if (text === "stay") keepWriting(call);
      });
      call.on("end", () => call.end());
    },
    Check(_call: unknown, answer: grpc.sendUnaryData<Message>) {
      answer(null, { text: "up" });
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
  const tasks: TasksServer = {
    address: `127.0.0.1:${port}`,
    handled: [],
    cancelled: 0,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
  return tasks;
}

/** A handler that takes no notice of how its call is going. */
function keepWriting(call: {
  write(message: Message): boolean;
  on(event: "close", listener: () => void): unknown;
}): void {
  const timer = setInterval(() => call.write({ text: "more".repeat(5000) }), 5);
  call.on("close", () => clearInterval(timer));
}

export interface Outcome {
  readonly code: grpc.status;
  readonly details: string;
  readonly errorCode: string | undefined;
  readonly texts: readonly string[];
}

export interface Caller extends Disposable {
  /** Sends the messages, closes its half unless it is to stay, and waits for the end. */
  call(kind: Kind | "Check", authorization?: string, messages?: readonly Message[]): Promise<Outcome>;
  /** Breaks off the last call. */
  cancel(): void;
}

export function createCaller(address: string): Caller {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  let cancel = (): void => {};
  return {
    cancel: () => cancel(),
    async call(kind, authorization, messages = [{ user: "user_1" }]) {
      const metadata = new grpc.Metadata();
      if (authorization !== undefined) metadata.set("authorization", authorization);
      // On the wire all four kinds are streams of messages (gRPC over HTTP/2).
      const stream = client.makeBidiStreamRequest(pathOf(kind), toBytes, fromBytes, metadata);
      cancel = () => stream.cancel();
      const texts: string[] = [];
      stream.on("data", ({ text = "" }: Message) => texts.push(text));
      stream.on("error", () => {});
      for (const message of messages) stream.write(message);
      if (kind === "Get" || kind === "List" || !messages.some(({ text }) => text === "stay")) stream.end();
      return new Promise((resolve) => {
        stream.on("status", ({ code, details, metadata: trailing }) => {
          resolve({ code, details, errorCode: trailing.get("error-code")[0]?.toString(), texts });
        });
      });
    },
    [Symbol.dispose]: () => client.close(),
  };
}
