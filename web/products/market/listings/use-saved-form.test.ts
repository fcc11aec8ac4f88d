// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, nextTick, ref } from "vue";
import schema from "contract:NewListingBody";
import type { Car, Listing } from "./car";
import { useSavedForm } from "./use-saved-form";

vi.mock("@/app/session/session", () => ({ session: { me: { person_id: "ann" } } }));

const CAR = (schema.properties["listing"] as unknown as { example: Car }).example;
const listed = (version: number, fields: Partial<Car> = {}) => ({ listing_id: "1", version, listing: { ...CAR, ...fields } }) as Listing;

function open(version = 1) {
  const listing = ref(listed(version));
  const scope = effectScope();
  return { listing, form: scope.run(() => useSavedForm(listing))!, close: () => scope.stop() };
}

beforeEach(() => sessionStorage.clear());

describe("a listing that others save meanwhile", () => {
  it("is shown as it is saved to whoever has typed nothing", async () => {
    const { listing, form } = open();
    listing.value = listed(2, { price: 13_000 });
    await nextTick();
    expect(form.entries["price"]).toBe("13000");
    expect([form.isOld.value, form.version.value]).toEqual([false, 2]);
  });

  it("keeps what was typed, with the version that it was typed on", async () => {
    const { listing, form } = open();
    form.entries["price"] = "12 000";
    await nextTick();
    listing.value = listed(2, { price: 13_000, color: "red" });
    await nextTick();
    expect(form.disputed.value).toEqual(["price", "color"]);
    expect([form.isOld.value, form.version.value, form.entries["price"]]).toEqual([true, 1, "12 000"]);
  });

  it("is overwritten only where that was decided", async () => {
    const { listing, form } = open();
    form.entries["price"] = "12000";
    await nextTick();
    listing.value = listed(2, { color: "red" });
    await nextTick();
    form.take("color");
    expect(form.disputed.value).toEqual(["price"]);
    form.keepMine();
    expect([form.isOld.value, form.version.value]).toEqual([false, 2]);
  });

  it("is as it was saved for whoever gives up", async () => {
    const { listing, form } = open();
    form.entries["price"] = "12000";
    await nextTick();
    listing.value = listed(3, { price: 13_000 });
    await nextTick();
    form.discard();
    expect([form.disputed.value, form.version.value]).toEqual([[], 3]);
  });

  it("is an older one through a reload, too", async () => {
    const first = open();
    first.form.entries["price"] = "12000";
    await nextTick();
    first.close();
    const { form } = open(2);
    expect([form.entries["price"], form.isOld.value, form.version.value]).toEqual(["12000", true, 1]);
  });

  it("is no conflict where both say the same", async () => {
    const { listing, form } = open();
    form.entries["price"] = "13 000";
    await nextTick();
    listing.value = listed(2, { price: 13_000 });
    await nextTick();
    expect([form.isOld.value, form.version.value]).toEqual([false, 2]);
  });
});
