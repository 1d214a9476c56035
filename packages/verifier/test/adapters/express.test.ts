// The Node adapter under Express 5: the shared suite, and the types of a project that has declared `req.auth`.
import { requireAuth } from "@keyturn/verifier";
import {
  bearer,
  requirePermission,
  requireRole,
  requireScope,
  requireUser,
  type WithAuth,
} from "@keyturn/verifier/node";
import express, { type ErrorRequestHandler } from "express";
import { expectTypeOf } from "vitest";
import { listen } from "../support/loopback.ts";
import { CORS, HANDLER_ERROR, type Plan, replyOf, testAdapter } from "./suite.ts";

declare global {
  namespace Express {
    interface Request extends WithAuth<Plan> {}
  }
}

const answerError: ErrorRequestHandler = (error, _request, response, _next) => {
  response.status(418).send(error.message);
};

testAdapter({
  name: "express",
  async start(verifier) {
    const app = express();
    app.use("/api", (_request, response, next) => {
      response.set(CORS);
      next();
    });
    app.get("/unguarded", requireRole("admin"), (_request, response) => void response.send("in"));
    app.use(bearer(verifier));
    app.get("/api/:user_id/tasks", requireUser("user_id"), (request, response) => {
      expectTypeOf(request.auth?.claims.plan).toEqualTypeOf<string | undefined>();
      response.json(replyOf(requireAuth(request.auth)));
    });
    app.get("/admin/role", requireRole("admin", "owner"), (_request, response) => void response.send("in"));
    app.get(
      "/admin/permission",
      requirePermission("tasks:read", "tasks:write"),
      (_request, response) => void response.send("in"),
    );
    app.get(
      "/admin/scope",
      requireScope("tasks", "profile"),
      (_request, response) => void response.send("in"),
    );
    app.get("/nobody", requireUser("user_id"), (_request, response) => void response.send("in"));
    app.get("/throws", () => {
      throw HANDLER_ERROR;
    });
    app.use(answerError);
    return listen(app);
  },
});
