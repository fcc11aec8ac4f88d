import { ref, watch, type Ref } from "vue";

/** People stop typing for this long before the API is asked. */
const SETTLED_AFTER_MS = 350;

/** What a source holds once it has not changed for some moments; null (an entry is wrong) is passed over. */
export function useSettled<T>(source: Ref<T | null>): Ref<T | null> {
  const settled = ref(source.value) as Ref<T | null>;
  watch(source, (now, _, onCleanup) => {
    if (now === null || JSON.stringify(now) === JSON.stringify(settled.value)) return;
    const timer = setTimeout(() => (settled.value = now), SETTLED_AFTER_MS);
    onCleanup(() => clearTimeout(timer));
  });
  return settled;
}
