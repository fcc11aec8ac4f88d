import { describe, expect, it } from "vitest";
import { ref } from "vue";
import { ProblemError } from "@/shared/problem/problem";
import type { EntryError } from "./contract";
import { useRemarks } from "./use-remarks";

const words = { message: (name: string, error: string) => `${name}: ${error}`, remark: (name: string, { code }: { code: string }) => `${name}: ${code}` };

function remarks() {
  const query = { data: ref<{ warnings: { field: string; code: string; detail: string }[] }>(), error: ref<unknown>(null), isFetching: ref(false) };
  const checked = ref<{ errors: Record<string, EntryError>; isComplete: boolean }>({ errors: {}, isComplete: true });
  return { query, checked, ...useRemarks(query, checked, words as unknown as Parameters<typeof useRemarks>[2]) };
}

describe("what stands beside a form and its answer", () => {
  it("is of former entries while one is wrong, and nothing is on its way then", () => {
    const { query, checked, errors, isStale, isOutdated } = remarks();
    query.isFetching.value = true;
    expect([isStale.value, isOutdated.value]).toEqual([true, false]);
    query.isFetching.value = false;
    checked.value = { errors: { mileage: "not_a_number" }, isComplete: false };
    expect([isStale.value, isOutdated.value]).toEqual([false, true]);
    expect(errors.value).toEqual({ mileage: "mileage: not_a_number" });
  });

  it("puts the errors of the API under their fields, and the others beside the form", () => {
    const { query, errors, failure } = remarks();
    const problem = { type: "about:blank", title: "", status: 422, detail: "", code: "input.contract", request_id: "r" };
    query.error.value = new ProblemError({ ...problem, errors: [{ code: "rental.mileage_out_of_range", detail: "", pointer: "/mileage" }] });
    expect([errors.value, failure.value]).toEqual([{ mileage: "mileage: rental.mileage_out_of_range" }, null]);
    query.error.value = new ProblemError({ ...problem, status: 503, code: "model.not_ready" });
    expect([errors.value, failure.value]).toEqual([{}, query.error.value]);
  });
});
