// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from "vitest";
import { nextTick } from "vue";

beforeEach(() => {
  localStorage.clear();
  vi.resetModules();
});

/** The preference as a page that was just loaded has it. */
const pageSize = async () => (await import("./preferences")).usePageSize();

it("rows at a time are remembered", async () => {
  const size = await pageSize();
  expect(size.value).toBe(50);
  size.value = 200;
  await nextTick();
  vi.resetModules();
  expect((await pageSize()).value).toBe(200);
});

it.each(["7", '"100"', "null", "nonsense"])("%s stored as rows at a time asks for none that the API refuses", async (stored) => {
  localStorage.setItem("drivetrain.rows", stored);
  expect((await pageSize()).value).toBe(50);
});
