/** A Hono server with one route and nothing else: the fastest way to say the same thing. */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { z } from "zod";

const { ROUTE, BODY, HEADERS, PORT } = z
  .object({ ROUTE: z.string(), BODY: z.string(), HEADERS: z.string(), PORT: z.coerce.number() })
  .parse(process.env);
const headers = z.record(z.string(), z.string()).parse(JSON.parse(HEADERS));

const app = new Hono();
app.get(ROUTE, () => new Response(BODY, { headers }));

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: PORT });
