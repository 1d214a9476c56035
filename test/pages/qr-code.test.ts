/** The QR code for an authenticator app, drawn by a real browser and read as an app reads it. */
import { decodeQR } from "qr/decode.js";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { openChromium, whyNoChromium } from "../support/chromium.ts";
import { asBearer, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

if (whyNoChromium !== undefined) console.log(`skipped, tests of pages: ${whyNoChromium}`);

describe.skipIf(whyNoChromium !== undefined)("the QR code for an authenticator app", () => {
  test("says what the URI beside it says, when it is enabled and when it is shown again", async () => {
    await using server = await startTestServer({ project: { name: "Analytical Engines & Söhne" } });
    await using chromium = await openChromium();
    const { bearer, password } = await signUp(server.url);
    const page = await chromium.open();
    for (const path of ["enable", "get-totp-uri"]) {
      const answer = await postJson(
        `${server.url}/api/auth/two-factor/${path}`,
        { password },
        asBearer(bearer).headers,
      );
      const { totpURI, qrCode } = await answer.json();
      expect(qrCode).toMatch(/^data:image\/svg\+xml;base64,/);
      const pixels = await page.evaluate(`(async () => {
        const image = new Image(400, 400);
        image.src = ${JSON.stringify(qrCode)};
        await image.decode();
        const context = Object.assign(document.createElement("canvas"), { width: 400, height: 400 }).getContext("2d");
        context.fillStyle = "white";
        context.fillRect(0, 0, 400, 400);
        context.drawImage(image, 0, 0, 400, 400);
        return [...context.getImageData(0, 0, 400, 400).data];
      })()`);
      const data = Uint8Array.from(z.array(z.number()).parse(pixels));
      expect(decodeQR({ width: 400, height: 400, data })).toBe(totpURI);
    }
  });
});
