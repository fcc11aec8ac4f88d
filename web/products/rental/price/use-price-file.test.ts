// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from "vitest";
import { effectScope } from "vue";
import { draftStore } from "@/shared/form/draft-store";
import { toKept } from "./price-file";
import { usePriceFile } from "./use-price-file";

vi.mock("@/app/session/session", () => ({ session: { me: { person_id: "ann" } } }));
vi.mock("@/api/web", () => ({}));

const CARS = {
  header: ["model_key", "mileage"],
  rows: [{ row: 1, cells: { model_key: "BMW", mileage: "many" }, price: null, why: "No number.", errors: { mileage: { code: "c", detail: "No number." } } }],
};

/** The page as it was just opened, and what closes it. */
function open(): [ReturnType<typeof usePriceFile>, () => void] {
  const scope = effectScope();
  return [scope.run(() => usePriceFile(CARS.header))!, () => scope.stop()];
}
const mileage = ({ broken }: ReturnType<typeof usePriceFile>) => broken.value[0]?.cells["mileage"];

beforeEach(() => {
  vi.unstubAllGlobals();
  sessionStorage.clear();
  draftStore("price-file").write(toKept(CARS));
});

it("is there again with what was typed, after the page was left and after a reload", () => {
  const [file, close] = open();
  expect([file.stage.value, file.priced.value]).toEqual(["done", CARS]);
  file.correct(1, "mileage", "42");
  close();
  const [again, reload] = open();
  again.correct(1, "mileage", "43");
  dispatchEvent(new Event("pagehide"));
  expect([mileage(again), mileage(open()[0])]).toEqual(["43", "43"]);
  reload();
});

it("warns before a page is left whose file has no room", () => {
  const removeItem = vi.fn();
  const setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  vi.stubGlobal("sessionStorage", { getItem: () => JSON.stringify(toKept(CARS)), setItem, removeItem });
  const [file, close] = open();
  file.correct(1, "mileage", "42");
  const leaving = new Event("beforeunload", { cancelable: true });
  dispatchEvent(leaving);
  expect(leaving.defaultPrevented).toBe(true);
  expect(removeItem).toHaveBeenCalledTimes(1);
  close();
});
