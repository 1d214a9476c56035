/**
 * `npm run demo`: a real Keyturn and a real API, from the first sign-up to a turn of the keys. Every line with a mark
 * is a check; the first that fails ends the demo with exit code 1. Nothing is left behind.
 */
import { constants } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { createCaller } from "./demo/caller.ts";
import { Difference } from "./demo/difference.ts";
import { refuseStrangers, turnKeys, turnTooEarly } from "./demo/keys.ts";
import { meetPeople, showToken } from "./demo/people.ts";
import { createScreen } from "./demo/screen.ts";
import { KEYTURN_SETTINGS, type Setting } from "./demo/setting.ts";
import { createStage, freeUrl, type Stage } from "./demo/stage.ts";
import { beRefused, outliveToken, useOwnTasks } from "./demo/tasks.ts";
import { createVerifiers } from "./demo/verifiers.ts";

const GO_ON = `
Go on:
  npm start                          your own Keyturn: http://localhost:3000, its API at /docs
  examples/tasks-api/server.ts       the API you saw, under 60 lines. To start it beside your Keyturn:
    npx node --conditions=@keyturn/source examples/tasks-api/server.ts
`;

const screen = createScreen((line) => console.log(line));

async function play(stage: Stage): Promise<void> {
  const setting = await setTheStage(stage);
  const verifiers = createVerifiers(setting);
  try {
    const { ada, ben } = await meetPeople(setting);
    showToken(setting, ada);
    await useOwnTasks(setting, ada);
    await beRefused(setting, ada, ben);
    await refuseStrangers(setting, ben);
    const { after } = await turnKeys(setting, ada, verifiers);
    await turnTooEarly(setting, ada, verifiers, after);
    await outliveToken(setting, ada);
  } finally {
    verifiers.close();
  }
}

async function setTheStage(stage: Stage): Promise<Setting> {
  const [keyturnUrl, tasksUrl] = [await freeUrl(), await freeUrl()];
  const issuer = { ISSUER: keyturnUrl };
  screen.title("Keyturn: signing keys that turn without one failed token");
  screen.step(
    "A Keyturn server, and an API that trusts it",
    "Two processes; the API knows one URL, the JWKS.",
  );
  await stage.start("src/main.ts", keyturnUrl, {
    ...KEYTURN_SETTINGS,
    ...issuer,
    HOST: "127.0.0.1",
    PORT: new URL(keyturnUrl).port,
    DATA_DIR: join(stage.folder, "data"),
    TOKEN_AUDIENCE: tasksUrl,
  });
  screen.ok("up", `Keyturn    ${keyturnUrl}`, `its Postgres lives in ${stage.folder}`);
  const port = new URL(tasksUrl).port;
  await stage.start("examples/tasks-api/server.ts", tasksUrl, { ...issuer, AUDIENCE: tasksUrl, PORT: port });
  screen.ok("up", `tasks API  ${tasksUrl}`, "examples/tasks-api/server.ts");
  const ids = new Map<string, string>();
  const keyturn = createCaller(keyturnUrl, ids, screen);
  const tasks = createCaller(tasksUrl, ids, screen);
  return { screen, keyturnUrl, tasksUrl, keyturn, tasks, ids };
}

/** Rejects on Ctrl-C and its kin, so that the servers are ended and the folder is removed before we go. */
const interruption = new Promise<never>((_resolve, reject) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      process.exitCode = 128 + constants.signals[signal];
      reject(new Difference(`interrupted by ${signal}; everything started has been ended`));
    });
  }
  // Whoever reads us has gone: `npm run demo | head`.
  process.stdout.on("error", reject);
});

try {
  await using stage = createStage();
  await Promise.race([play(stage), interruption]);
} catch (error) {
  process.exitCode ??= 1;
  screen.wrong(error instanceof Difference ? error.message : inspect(error));
}
if (process.exitCode === undefined) {
  screen.title(`\nAll ${screen.checks} checks held, in ${(performance.now() / 1000).toFixed(1)} s.`);
  console.log(GO_ON);
}
