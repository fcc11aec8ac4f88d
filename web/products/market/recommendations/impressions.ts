// Which cars of a slate were on the screen: half of the slates, each car once, after it stood there for a second.
import { onBeforeUnmount, onMounted, useTemplateRef } from "vue";
import { outbox, type Place } from "../interactions/interactions";

const VISIBLE = 0.5;
const FOR_MS = 1_000;
const SAMPLED = 0.5;

const sampled = new Map<string, boolean>();
const told = new Set<string>();
const MOST_REMEMBERED = 200;

/** Whether the impressions of a slate are told: all of them or none, by chance. */
export function isSampled(slate: string, chance = Math.random): boolean {
  if (!sampled.has(slate)) {
    if (sampled.size >= MOST_REMEMBERED) {
      sampled.clear();
      told.clear();
    }
    sampled.set(slate, chance() < SAMPLED);
  }
  return sampled.get(slate)!;
}

/** Tells that a car was seen, once its element, named `shown`, was half on the screen for a second. */
export function useImpression(listingId: string, place: Place): void {
  const shown = useTemplateRef<HTMLElement>("shown");
  const key = `${place.slate_id} ${place.position}`;
  let observer: IntersectionObserver | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    observer?.disconnect();
    clearTimeout(timer);
  };
  function tell() {
    stop();
    if (told.has(key)) return;
    told.add(key);
    outbox.note("impression", listingId, place);
  }
  onMounted(() => {
    if (!shown.value || told.has(key) || !isSampled(place.slate_id) || typeof IntersectionObserver === "undefined") return;
    observer = new IntersectionObserver(
      ([entry]) => {
        clearTimeout(timer);
        if (entry?.isIntersecting && document.visibilityState === "visible") timer = setTimeout(tell, FOR_MS);
      },
      { threshold: VISIBLE },
    );
    observer.observe(shown.value);
  });
  onBeforeUnmount(stop);
}
