import { useI18n } from "vue-i18n";

/** Why a listing has no valuation, in a sentence, by the code of the answer. */
export function useNoValue() {
  const { t, te } = useI18n();
  return (code: string | null): string => {
    const key = `market.deal.none.${code}`;
    return te(key) ? t(key) : t("market.deal.none.otherwise");
  };
}
