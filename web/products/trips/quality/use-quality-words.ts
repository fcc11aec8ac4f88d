import { useI18n } from "vue-i18n";
import { useFormat } from "@/shared/format/use-format";
import type { Estimate, Metric } from "./figures";

/** Figures of quality in words: minutes with two digits, shares in percent, with their intervals. */
export function useQualityWords() {
  const { t } = useI18n();
  const format = useFormat();
  const figure = (metric: Metric, value: number | null): string => {
    if (value === null) return "–";
    return metric === "coverage" ? format.share(value, 1) : t("trips.minutes", { n: format.number(value, 2) });
  };
  const withInterval = (metric: Metric, { value, low, high }: Estimate): string => {
    if (low === null || high === null) return figure(metric, value);
    return t("trips.quality.interval", { value: figure(metric, value), low: figure(metric, low), high: figure(metric, high) });
  };
  const interval = (metric: Metric, { low, high }: Estimate): string =>
    low === null || high === null ? "–" : t("trips.quality.intervalOnly", { low: figure(metric, low), high: figure(metric, high) });
  return { figure, withInterval, interval };
}
