import { ref, watch, type Ref } from "vue";

/** People move a slider, or type, and stop for this long. */
const SETTLES_AFTER_MS = 300;

/** A value some moments after its last change, for what asks the API. */
export function useSettled<T>(source: () => T): Ref<T> {
  const settled = ref(source()) as Ref<T>;
  watch(source, (value, _, onCleanup) => {
    const timer = setTimeout(() => (settled.value = value), SETTLES_AFTER_MS);
    onCleanup(() => clearTimeout(timer));
  });
  return settled;
}
