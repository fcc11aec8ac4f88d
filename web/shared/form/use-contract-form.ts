import { computed, ref, watch, type Ref } from "vue";
import { flag, text, useUrlState, type Parameter } from "@/shared/url/url-state";
import { bodyOf, exampleEntries, fieldsOf, type ContractSchema, type Entries, type Scalar } from "./contract";

/** People stop typing for this long before the API is asked. */
const ASK_AFTER_MS = 350;

/**
 * A form whose entries live in the address, and the body that it stands for.
 *
 * @returns `listing`: the body as last complete, some moments after the last change; null while an entry is wrong.
 */
export function useContractForm(schema: ContractSchema) {
  const fields = fieldsOf(schema);
  const parameters: Record<string, Parameter<string> | Parameter<boolean>> = Object.fromEntries(
    Object.entries(exampleEntries(fields)).map(([name, entry]) => [name, typeof entry === "boolean" ? flag(entry) : text(entry)]),
  );
  const entries = useUrlState(parameters) as Entries;
  const checked = computed(() => bodyOf(fields, entries));
  const body: Ref<Record<string, Scalar> | null> = ref(checked.value.isComplete ? checked.value.body : null);

  watch(checked, ({ body: next, isComplete }, _, onCleanup) => {
    const timer = setTimeout(() => (body.value = isComplete ? next : null), ASK_AFTER_MS);
    onCleanup(() => clearTimeout(timer));
  });
  return { fields, entries, checked, body };
}
