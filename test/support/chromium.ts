/**
 * A real browser: Chromium from the path (or CHROMIUM), headless, spoken to by the DevTools protocol. Its absence is printed
 * by the tests that want it.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { z } from "zod";

const NAMES = [process.env["CHROMIUM"] ?? "", "chromium", "chromium-browser", "google-chrome"];
const executable = NAMES.find((name) => name !== "" && spawnSync(name, ["--version"]).status === 0);

/** Why there is no browser; undefined if there is one. */
export const whyNoChromium: string | undefined =
  executable === undefined ? "CHROMIUM is not set and there is no chromium on the path" : undefined;

export interface Page {
  goto(url: string): Promise<void>;
  /** What the expression is in the page, promises awaited. Throws what it throws. */
  evaluate(expression: string): Promise<unknown>;
  /** Until the expression is true in the page, across navigations. */
  until(expression: string): Promise<void>;
  /** Types into the element that has the focus. */
  type(text: string): Promise<void>;
  click(selector: string): Promise<void>;
  /** What the page shows. */
  text(): Promise<string>;
  /** Any command of the protocol. */
  send(method: string, params?: object): Promise<unknown>;
  /** What the page complained of: refused by its policy, thrown by its scripts. */
  readonly complaints: string[];
}

export interface Chromium extends AsyncDisposable {
  /** A window with cookies of its own. */
  open(): Promise<Page>;
}

const message = z.object({
  id: z.number().optional(),
  method: z.string().optional(),
  sessionId: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});
const created = z.object({ browserContextId: z.string() });
const target = z.object({ targetId: z.string() });
const attached = z.object({ sessionId: z.string() });
const evaluated = z.object({
  result: z.object({ value: z.unknown().optional() }),
  exceptionDetails: z
    .object({ text: z.string(), exception: z.object({ description: z.string().optional() }).optional() })
    .optional(),
});
const entry = z.object({ entry: z.object({ text: z.string() }) });
const thrown = z.object({ exceptionDetails: z.object({ text: z.string() }) });

export async function openChromium(): Promise<Chromium> {
  if (executable === undefined) throw new Error(whyNoChromium);
  const folder = mkdtempSync(join(tmpdir(), "keyturn-chromium-"));
  const flags = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
  ];
  const child = spawn(
    executable,
    [...flags, "--remote-debugging-port=0", `--user-data-dir=${folder}`, "about:blank"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.on("data", (chunk) => (said += String(chunk)));
  const address = () => /DevTools listening on (ws:\S+)/.exec(said)?.[1] ?? "";
  await vi.waitUntil(() => address() !== "", { timeout: 30_000, interval: 20 });
  const connection = await connect(address());

  return {
    async open() {
      const { browserContextId } = created.parse(await connection.send("Target.createBrowserContext"));
      const { targetId } = target.parse(
        await connection.send("Target.createTarget", { url: "about:blank", browserContextId }),
      );
      const { sessionId } = attached.parse(
        await connection.send("Target.attachToTarget", { targetId, flatten: true }),
      );
      return openPage(connection, sessionId);
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      connection.close();
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

async function openPage(connection: Connection, sessionId: string): Promise<Page> {
  const complaints: string[] = [];
  const send = (method: string, params: object = {}) => connection.send(method, params, sessionId);
  connection.on(sessionId, (method, params) => {
    if (method === "Log.entryAdded") complaints.push(entry.parse(params).entry.text);
    if (method === "Runtime.exceptionThrown") complaints.push(thrown.parse(params).exceptionDetails.text);
  });
  for (const domain of ["Page", "Runtime", "Log"]) await send(`${domain}.enable`);

  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = evaluated.parse(
      await send("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
        userGesture: true,
      }),
    );
    if (exceptionDetails === undefined) return result.value;
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  };
  const until = (expression: string) =>
    vi.waitUntil(
      // While it goes from one page to the next there is none to ask.
      () => evaluate(`Boolean(${expression})`).catch(() => false),
      { timeout: 10_000, interval: 20 },
    );
  return {
    complaints,
    send,
    evaluate,
    async until(expression) {
      await until(expression);
    },
    async goto(url) {
      await send("Page.navigate", { url });
      await until(`document.readyState === "complete" && location.href !== "about:blank"`);
    },
    type: async (text) => void (await send("Input.insertText", { text })),
    click: async (selector) =>
      void (await evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`)),
    text: async () => String(await evaluate("document.body.innerText")),
  };
}

type Listener = (method: string, params: unknown) => void;

interface Connection {
  send(method: string, params?: object, sessionId?: string): Promise<unknown>;
  on(sessionId: string, listener: Listener): void;
  close(): void;
}

async function connect(url: string): Promise<Connection> {
  const socket = new WebSocket(url);
  await once(socket, "open");
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners = new Map<string, Listener>();
  let last = 0;
  socket.addEventListener("message", ({ data }) => {
    const { id, method, sessionId, params, result, error } = message.parse(JSON.parse(String(data)));
    if (id === undefined) return listeners.get(sessionId ?? "")?.(method ?? "", params);
    const sent = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) sent?.resolve(result);
    else sent?.reject(new Error(error.message));
  });
  return {
    send(method, params = {}, sessionId) {
      const answer = Promise.withResolvers<unknown>();
      last++;
      waiting.set(last, answer);
      socket.send(
        JSON.stringify({ id: last, method, params, ...(sessionId !== undefined && { sessionId }) }),
      );
      return answer.promise;
    },
    on: (sessionId, listener) => void listeners.set(sessionId, listener),
    close: () => socket.close(),
  };
}
