import { useQuery } from "@tanstack/vue-query";
import { useI18n } from "vue-i18n";
import { computed } from "vue";
import { drawAreas } from "./areas";

/** The map, loaded when a page shows it, and the names of the areas; numbers until it is there. */
export function useAreas() {
  const { t } = useI18n();
  const drawing = useQuery({
    queryKey: ["chicago-areas"],
    queryFn: async () => drawAreas((await import("./chicago77.json")).default),
    staleTime: Infinity,
  });
  const names = computed(() => new Map(drawing.data.value?.areas.map((area) => [area.number, area.name])));

  /** An area in words; 0, empty and other words are outside the city or not known. */
  const areaName = (area: number | string | null | undefined): string => {
    const number = Number(area);
    if (!Number.isInteger(number) || number < 1 || number > 77) return t("trips.areas.outside");
    return names.value.get(number) ?? t("trips.areas.number", { n: number });
  };
  return { drawing, areaName };
}
