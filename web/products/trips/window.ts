import { computed } from "vue";
import { useTimeZone } from "@/app/preferences";
import { instantOf, localOf } from "@/shared/format/zoned";

/** A window of time in the address: two instants, empty where none is set. */
export interface WindowState {
  from: string;
  to: string;
}

/** Whether it is a window: both ends are instants, in their order, at most so many days apart. */
export function isWindow({ from, to }: WindowState, mostDays = Infinity): boolean {
  const length = Date.parse(to) - Date.parse(from);
  return length > 0 && length <= mostDays * 86_400_000;
}

/**
 * Fields of a window as clocks of the page's zone show it.
 *
 * @returns `isWrong`: something is set that is no window; `isSet`: a window is set.
 */
export function useWindow(state: WindowState, mostDays?: number) {
  const zone = useTimeZone();
  const field = (end: keyof WindowState) =>
    computed({
      get: () => (Number.isNaN(Date.parse(state[end])) ? "" : localOf(state[end], zone.value)),
      set: (local) => (state[end] = instantOf(local, zone.value) ?? ""),
    });
  const isSet = computed(() => isWindow(state, mostDays));
  const isWrong = computed(() => !isSet.value && (state.from !== "" || state.to !== ""));
  return { zone, from: field("from"), to: field("to"), isSet, isWrong };
}
