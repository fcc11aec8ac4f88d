import { reactive, toValue, watch, type MaybeRefOrGetter } from "vue";
import { draftStore } from "./draft-store";

type Entry = string | boolean | readonly string[];

/**
 * What is typed into a form that has no place in the address; see `draftStore`.
 *
 * @param name of the form, with what it is about where there are several.
 * @param initial what stands in it before anything is typed; what is stored, where the form changes something.
 */
export function useDraft<T extends Record<string, Entry>>(name: string, initial: MaybeRefOrGetter<T>): T {
  const store = draftStore(name);
  const entry = reactive({ ...toValue(initial), ...kept(store.read(), toValue(initial)) }) as unknown as T;
  const isAsInitial = () => JSON.stringify(entry) === JSON.stringify(toValue(initial));
  // a form as it was at the beginning leaves nothing behind
  watch(entry, () => store.write(isAsInitial() ? null : entry), { deep: true });
  watch(
    () => toValue(initial),
    () => isAsInitial() && store.write(null), // it has been saved
  );
  return entry;
}

/** The kept entries that the form still has, of the kind that it has them. */
function kept<T extends Record<string, Entry>>(stored: unknown, initial: T): Partial<T> {
  if (typeof stored !== "object" || stored === null) return {};
  return Object.fromEntries(Object.entries(stored).filter(([name, value]) => isAlike(value, initial[name]))) as Partial<T>;
}

function isAlike(value: unknown, initial: Entry | undefined): boolean {
  if (Array.isArray(initial)) return Array.isArray(value) && value.every((each) => typeof each === "string");
  return initial !== undefined && typeof value === typeof initial;
}
