import { useI18n } from "vue-i18n";
import { useFormat } from "@/shared/format/use-format";
import type { Figure, RuleFigure } from "./figures";

const SHARES = new Set<string>(["share_of_all", "share_of_chained", "avoided_share", "conflicts_per_touched", "marginal_conflicts_per_touched", "conflict_rate", "conflict_rate_left", "below_share"]);
const RATIOS = new Set<string>(["break_even", "marginal_break_even"]);

/** How figures of a rule are written: with as many digits as they deserve, and always with their interval. */
export function useFigures() {
  const { t } = useI18n();
  const format = useFormat();

  const text = (name: string, value: number | null | undefined): string => {
    if (value === null || value === undefined) return "–";
    if (SHARES.has(name)) return format.share(value, 1);
    if (RATIOS.has(name)) return format.number(value, 1);
    if (name === "wait_avoided_h") return t("rental.buffer.hours", { n: format.number(value, 0) });
    return format.number(value, 0);
  };
  const interval = ({ value, low, high }: Figure, write: (value: number | null) => string): string => {
    if (value === null || low === null) return write(value);
    return high === null
      ? t("rental.buffer.openInterval", { value: write(value), low: write(low) })
      : t("rental.buffer.interval", { value: write(value), low: write(low), high: write(high) });
  };
  const minutes = (value: number): string => t("rental.buffer.minutes", { n: format.number(value) });
  return {
    text,
    minutes,
    name: (figure: RuleFigure) => t(`rental.buffer.figures.${figure}`),
    scope: (scope: string) => t(`rental.buffer.scopes.${scope}`),
    withInterval: (name: string, figure: Figure) => interval(figure, (value) => text(name, value)),
    shareWithInterval: (figure: Figure) => interval(figure, (value) => (value === null ? "–" : format.share(value, 1))),
    numberWithInterval: (figure: Figure, digits = 0) => interval(figure, (value) => (value === null ? "–" : format.number(value, digits))),
  };
}
