import { computed, toValue, watch, type MaybeRefOrGetter } from "vue";
import { useDraft } from "@/shared/form/use-draft";
import type { Listing } from "./car";
import { differences, entriesOf, type CarEntries } from "./form";

/**
 * The form of a listing that is saved, and what others save meanwhile. The version on which somebody began to type is
 * kept with what they typed, through a reload too.
 *
 * @param listing the newest that is known.
 * @returns `disputed`: the fields that say something else than what is saved; `isOld`: they were typed on an older version;
 *   `version`: the one that a change is made on.
 */
export function useSavedForm(listing: MaybeRefOrGetter<Listing>) {
  const saved = computed((): CarEntries & { version: string } => {
    const { listing: car, version } = toValue(listing);
    return { ...entriesOf(car), version: String(version) };
  });
  const entries = useDraft(`market.listing.${toValue(listing).listing_id}`, saved);
  const disputed = computed(() => differences(entries, saved.value));
  const isOld = computed(() => entries.version !== saved.value.version && disputed.value.length > 0);
  /** Where nothing differs there is nothing to overwrite. */
  const version = computed(() => Number(disputed.value.length > 0 ? entries.version : saved.value.version));

  // who has typed nothing simply sees what is saved
  watch(saved, (now, before) => {
    if (JSON.stringify(entries) === JSON.stringify(before)) discard(now);
  });
  const take = (field: string) => (entries[field] = saved.value[field] ?? "");
  const keepMine = () => (entries.version = saved.value.version);
  function discard(now = saved.value) {
    Object.assign(entries, now);
  }
  return { entries, disputed, isOld, version, take, keepMine, discard };
}
