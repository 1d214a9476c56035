/** Which passwords count as common or personal, and that good ones do not. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createIsCommon } from "../../src/accounts/passwords/common-password.ts";
import { isPersonal, personalWords } from "../../src/accounts/passwords/personal.ts";

const file = new URL("../../src/accounts/passwords/common-words.txt", import.meta.url);
const words = readFileSync(file, "utf8").trim().split(/\s+/);
const isCommon = createIsCommon(new Set(words));

describe("a common password", () => {
  test.each([
    [
      "a word",
      ["password", "iloveyou", "sunshine", "princess", "football", "contraseña", "пароль", "passwort"],
    ],
    ["with capitals", ["PASSWORD", "LiverPool", "QwertyUiop"]],
    [
      "with a year, a count or a mark",
      ["Summer2024!", "dragon99", "michael1987", "1234password", "Welcome@2023"],
    ],
    ["with digits for letters", ["p@$$w0rd", "P4ssw0rd!", "l3tm31n!", "tr0j4n99"]],
    ["of full-width characters", ["ｐａｓｓｗｏｒｄ", "Ｄｒａｇｏｎ１２３"]],
    ["in pieces", ["pass word", "pass-word_1", "hello.world"]],
    ["said twice", ["monkeymonkey", "dragonDragon1", "abababab", "12341234", "!!!!!!!!"]],
    ["loved", ["ilovebarcelona", "mypassword", "iloveyoujessica"]],
    [
      "a walk over the keyboard",
      ["qwertzuiop", "1qaz2wsx", "qazwsxedc", "!@#$%^&*", "йцукенгш", "azertyuiop"],
    ],
    ["a count", ["12345678", "87654321", "1a2b3c4d", "147258369", "abcdefgh", "a12345678"]],
    ["a date", ["24121987", "19871224", "12-24-1987"]],
  ])("is refused when it is %s", (_, passwords) => {
    expect(passwords.filter((password) => !isCommon(password))).toEqual([]);
  });

  test("is not what a person with some thought, or a program, comes up with", () => {
    const good = [
      "correct horse battery",
      "tr0ub4dor&3x",
      "mauve-otter-lantern",
      "xK9#mQ2$vL",
      "kjh2398sdf",
      "zebrafish lagoon 77",
      "4829551301927",
      "l’été à la mer de glace",
      "我爱吃西瓜和冰淇淋",
    ];
    expect(good.filter(isCommon)).toEqual([]);
  });

  test("is told quickly, whatever its length", () => {
    const start = performance.now();
    for (const unit of ["1", "a", "a1", "!1", "qw", "1a2"]) isCommon(unit.repeat(256).slice(0, 256));
    expect(performance.now() - start).toBeLessThan(100);
  });
});

test("the list is folded, sorted, without doubles, and small", () => {
  expect(words).toEqual([...new Set(words)].toSorted());
  expect(words.every((word) => word === word.normalize("NFKC").toLowerCase())).toBe(true);
  expect(words.length).toBeGreaterThan(6_000);
  expect(readFileSync(file).length).toBeLessThan(200_000);
});

describe("a personal password", () => {
  const ada = { email: "ada.lovelace@analytical.example", name: "Ada Lovelace", username: "countess" };
  const known = personalWords(ada, "https://login.wonderfirm.example");

  test.each([
    "ada.lovelace@analytical.example",
    "AdaLovelace",
    "lovelace1815!",
    "l-o-v-e-l-a-c-e",
    "countess99",
    "analytical",
    "wonderfirm2024",
    "login.wonderfirm.example",
  ])("is %s: no more than is known of her and of this server", (password) => {
    expect(isPersonal(password, known)).toBe(true);
  });

  test.each(["lovelace likes long looms", "correct horse battery", "engine of difference"])(
    "is not %s",
    (password) => {
      expect(isPersonal(password, known)).toBe(false);
    },
  );
});
