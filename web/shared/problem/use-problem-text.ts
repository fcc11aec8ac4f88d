import { useI18n } from "vue-i18n";
import type { Problem } from "./problem";

/** The sentence for a problem or a warning: translated by its code where a translation is there, the API's own otherwise. */
export function useProblemText() {
  const { t, te } = useI18n();
  return (problem: Pick<Problem, "code" | "detail">): string => {
    const key = `problems.${problem.code}`;
    return te(key) ? t(key) : problem.detail;
  };
}
