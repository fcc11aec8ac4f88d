import { computed, ref, watch, type Ref } from "vue";
import schema from "contract:BuyerSegmentRequest";
import type { Entries } from "@/shared/form/contract";
import { useContractWords } from "@/shared/form/use-contract-words";
import { problemOf } from "@/shared/problem/problem";
import { text, useUrlState } from "@/shared/url/url-state";
import type { Body } from "../valuation/queries";
import { bodyOfRows, emptyRow, interactionFields, MOST_ROWS, placeOf, readRows, writeRows } from "./interactions";

/** People stop typing for this long before the API is asked. */
const ASK_AFTER_MS = 350;
const EXAMPLE = "view,6200,9,hatchback,petrol,55;like,5500,10,hatchback,petrol,59;search,5000,,hatchback";

/**
 * The interactions of one buyer as rows of a form, which live in the address.
 *
 * @returns `interactions`: the body as last complete, some moments after the last change; null while a row is wrong.
 */
export function useBuyerForm(messages: string) {
  const fields = interactionFields(schema);
  const words = useContractWords(messages, fields);
  const address = useUrlState({ buyer: text(EXAMPLE) });
  const rows = ref<Entries[]>(readRows(fields, address.buyer));
  const checked = computed(() => bodyOfRows(fields, rows.value));
  const interactions: Ref<Body[] | null> = ref(checked.value.isComplete ? checked.value.interactions : null);

  watch(rows, (now) => (address.buyer = writeRows(fields, now)), { deep: true });
  watch(
    () => address.buyer,
    (written) => {
      if (written !== writeRows(fields, rows.value)) rows.value = readRows(fields, written);
    },
  );
  watch(checked, ({ interactions: next, isComplete }, _, onCleanup) => {
    const timer = setTimeout(() => (interactions.value = isComplete ? next : null), ASK_AFTER_MS);
    onCleanup(() => clearTimeout(timer));
  });

  const add = () => {
    if (rows.value.length < MOST_ROWS) rows.value.push(emptyRow(fields));
  };
  const remove = (index: number) => rows.value.splice(index, 1);
  const isComplete = computed(() => checked.value.isComplete);
  /** The errors that the API found in a row, by field. */
  const foundByApi = (error: unknown, row: number) =>
    (error ? (problemOf(error).errors ?? []) : []).flatMap((problem) => {
      const place = placeOf(problem.pointer);
      return place?.row === row ? [[place.field, words.remark(place.field, problem)] as const] : [];
    });
  const errorsOf = (row: number, error?: unknown): Record<string, string> => ({
    ...Object.fromEntries(foundByApi(error, row)),
    ...Object.fromEntries(Object.entries(checked.value.errors[row] ?? {}).map(([name, wrong]) => [name, words.message(name, wrong)])),
  });
  /** The error where it is not about fields of a row. */
  const failureOf = (error: unknown) => (error && problemOf(error).errors?.some((problem) => placeOf(problem.pointer)) ? null : error);
  return { fields, rows, isComplete, interactions, add, remove, errorsOf, failureOf };
}
