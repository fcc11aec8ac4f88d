import { computed, shallowRef, type WritableComputedRef } from "vue";

/**
 * The row of a table whose step a dialog asks about.
 *
 * @returns `inHand`: the row, null while nothing is asked; `isAsking`: bind it to `open` of the dialog, which ends it.
 */
export function useInHand<T extends object>() {
  const inHand = shallowRef<T | null>(null);
  const isAsking: WritableComputedRef<boolean> = computed({
    get: () => inHand.value !== null,
    set: (open) => {
      if (!open) inHand.value = null;
    },
  });
  return { inHand, isAsking };
}
