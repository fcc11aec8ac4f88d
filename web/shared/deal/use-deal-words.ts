import { useI18n } from "vue-i18n";
import { useFormat } from "@/shared/format/use-format";

/** How a price stands to a value, in words. */
export function useDealWords() {
  const { t } = useI18n();
  const format = useFormat();
  /** `£1,200 (11%) below the value`. */
  const compared = (price: number, value: number, currency: string): string => {
    const difference = price - value;
    const side = difference < 0 ? "under" : difference > 0 ? "over" : "equal";
    return t(`deal.differences.${side}`, { amount: format.roundMoney(Math.abs(difference), currency), share: format.share(Math.abs(difference) / value) });
  };
  return { compared };
}
