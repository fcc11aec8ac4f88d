import { encode } from "uqr";
import { expect, it } from "vitest";
import { qrPath } from "./qr";

const URI = "otpauth://totp/drivetrain:ada%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=drivetrain";

it("draws exactly the dark modules", async () => {
  const { size, path } = await qrPath(URI);
  const drawn = new Set<string>();
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let i = 0; i < Number(length); i++) drawn.add(`${Number(x) + i} ${y}`);
  }
  const dark = encode(URI, { ecc: "M", border: 4 }).data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`${x} ${y}`] : [])));
  expect([...drawn].sort()).toEqual(dark.sort());
  expect(size).toBeGreaterThan(30);
});
it("keeps the quiet zone that scanners need", async () => {
  const { size, path } = await qrPath(URI);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    expect(Math.min(Number(x), Number(y))).toBeGreaterThanOrEqual(4);
    expect(Math.max(Number(x) + Number(length), Number(y) + 1)).toBeLessThanOrEqual(size - 4);
  }
});
