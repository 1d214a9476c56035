/** What `npm start` runs, with limits so wide that a measurement, which is a crowd from one address, never meets them. */
import { reportFailure } from "../src/exit.ts";
import { quickenModuleLoading } from "../src/start-cost.ts";

quickenModuleLoading();
const { BUDGETS, enlarged } = await import("../src/limits/budgets.ts");
const { serve } = await import("../src/serve.ts");
await serve({ budgets: enlarged(BUDGETS, 10_000) }).catch(reportFailure);
