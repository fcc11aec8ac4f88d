import { computed, type Ref } from "vue";
import type { EntryError } from "@/shared/form/contract";
import type { useContractWords } from "@/shared/form/use-contract-words";
import { type FieldProblem, problemOf } from "@/shared/problem/problem";

interface Answered {
  data: Ref<{ warnings: readonly { field: string; code: string; detail: string }[] } | undefined>;
  error: Ref<unknown>;
  isFetching: Ref<boolean>;
}
interface Checked {
  errors: Readonly<Record<string, EntryError>>;
  isComplete: boolean;
}

/**
 * What stands under the fields of a form: errors found here, errors and warnings of the API.
 *
 * @returns `failure`: an error that belongs to no field; `isStale`: a newer answer is on its way; `isOutdated`: the answer is
 *   of former entries, and no newer one comes before the form is corrected.
 */
export function useRemarks(query: Answered, checked: Ref<Checked>, words: ReturnType<typeof useContractWords>) {
  const refused = computed((): readonly FieldProblem[] => (query.error.value ? (problemOf(query.error.value).errors ?? []) : []));
  const nameOf = (problem: FieldProblem) => problem.pointer?.slice(1) ?? "";
  const errors = computed(() => ({
    ...Object.fromEntries(refused.value.map((problem) => [nameOf(problem), words.remark(nameOf(problem), problem)])),
    ...Object.fromEntries(Object.entries(checked.value.errors).map(([name, error]) => [name, words.message(name, error)])),
  }));
  const warnings = computed(() => Object.fromEntries((query.data.value?.warnings ?? []).map((warning) => [warning.field, words.remark(warning.field, warning)])));
  const failure = computed(() => (refused.value.length > 0 ? null : query.error.value));
  const isOutdated = computed(() => !checked.value.isComplete);
  return { errors, warnings, failure, isStale: query.isFetching, isOutdated };
}
