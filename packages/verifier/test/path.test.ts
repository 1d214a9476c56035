// Reading a parameter where there is no router: what matches, and what two readers could read differently.

import { describe, expect, test } from "vitest";
import { paramReader } from "../src/path.ts";

describe("a parameter of a path", () => {
  test.each([
    ["/api/:id", "/api/a", "a"],
    ["/api/:id/tasks", "/api/a/tasks", "a"],
    ["/api/:id/tasks/:task", "/api/a/tasks/7", "a"],
    ["/api/:id/*", "/api/a/tasks/7", "a"],
    ["/api/:id/*", "/api/a/", "a"],
    ["/api/:id/*", "/api/a", "a"],
    ["/:id", "/a?id=b#c", "a"],
    ["/:id", "http://localhost:3000/a", "a"],
    ["/:id", "https://user@app.example.com/a?b", "a"],
    ["/:id", "/a%20b", "a b"],
    ["/:id", "/a%2Fb", "a/b"],
    ["/:id", "/%E2%82%AC", "€"],
  ])("%s in %s is %s", (pattern, url, value) => {
    expect(paramReader("id", pattern)(url)).toBe(value);
  });

  test.each([
    ["/api/:id", "/api"],
    ["/api/:id", "/api/a/"],
    ["/api/:id", "/api/a/b"],
    ["/api/:id", "/API/a"],
    ["/api/:id", "/%61pi/a"],
    ["/api/:id/*", "/other/a/b"],
    ["/api/:id", ""],
    ["/api/:id", "api/a"],
    ["/api/:id", "*"],
    ["/api/:id", "ftp://localhost/api/a"],
  ])("%s has none in %s", (pattern, url) => {
    expect(paramReader("id", pattern)(url)).toBeUndefined();
  });

  test.each([
    "/x/../api/a",
    "/api/./a",
    "/api/%2e%2e/a",
    "/api/..",
    "//api/a",
    "/\\api/a",
    "/api\\a",
    "/api/ä",
    "/api/a b",
    "/api/\ta",
    "/api/%E2",
    "http://localhost\\@evil/api/a",
    "http://localhost//api/a",
    "/api//a",
    "/api/a/..%2fb",
    "/api/a%2f../b",
    "/api/a/..;/b",
    "/api/a%5cb",
    "/api/a%00",
  ])("is not read from %j, which another reader could read differently", (url) => {
    expect(paramReader("id", "/api/:id")(url)).toBeUndefined();
    expect(paramReader("id", "/api/:id/*")(url)).toBeUndefined();
  });

  test.each(["/api/:user", "/api/id", "", ":id/x", "api/:id"])(
    "cannot be asked of the pattern %j",
    (pattern) => {
      expect(() => paramReader("id", pattern)).toThrow(TypeError);
    },
  );
});
