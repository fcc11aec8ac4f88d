// Whether the server tells this browser of changes.
import { computed, readonly, ref, type ComputedRef } from "vue";

const state = ref(false);

/** True while changes are told; then nothing that has a topic need be asked for again and again. */
export const isLive = readonly(state);

/** For whoever keeps the stream open. */
export function setLive(value: boolean): void {
  state.value = value;
}

/** How often to ask for what has a topic: never while changes are told, else as often as this. */
export function unlessLive(everyMs: number): ComputedRef<number | false> {
  return computed(() => (state.value ? false : everyMs));
}
