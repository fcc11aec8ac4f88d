import { useI18n } from "vue-i18n";
import { useFormat } from "@/shared/format/use-format";
import type { FieldProblem } from "@/shared/problem/problem";
import type { EntryError, Field, NumberField, Scalar } from "./contract";

/** The API's codes of fields are `<domain>.<field>_<rule>`, `<domain>.unknown_<field>` and `<domain>.new_<field>`. */
const RULES = ["not_a_number", "not_whole", "out_of_range", "unusual", "missing"] as const;
type Rule = (typeof RULES)[number] | "unknown" | "new";

function ruleOf(code: string, name: string): Rule | undefined {
  const rest = code.slice(code.indexOf(".") + 1);
  if (rest === `unknown_${name}`) return "unknown";
  if (rest === `new_${name}`) return "new";
  return RULES.find((rule) => rest === `${name}_${rule}`);
}

/**
 * Names, words and messages of a contract's fields in the language of the page.
 *
 * @param messages where the languages have `fields.<name>` and `values.<field>.<word>`, for example `rental.price`.
 */
export function useContractWords(messages: string, fields: readonly Field[]) {
  const { t, te } = useI18n();
  const format = useFormat();
  const byName = new Map(fields.map((field) => [field.name, field]));

  const label = (name: string): string => {
    const key = `${messages}.fields.${name}`;
    return te(key) ? t(key) : name.replaceAll("_", " ");
  };
  const word = (name: string, value: string): string => {
    const key = `${messages}.values.${name}.${value}`;
    return te(key) ? t(key) : value;
  };
  const unit = (name: string): string => {
    const field = byName.get(name);
    const code = field?.kind === "number" ? field.unit : "";
    const key = `units.${code.replaceAll(" ", "_")}`;
    return te(key) ? t(key) : code;
  };
  const figure = (field: Field | undefined, given: number): string =>
    field?.kind === "number" && field.unit === "year" ? format.year(given) : format.number(given);
  const value = (name: string, given: Scalar | undefined): string => {
    if (given === null || given === undefined) return "–";
    if (typeof given === "boolean") return t(given ? "words.yes" : "words.no");
    if (typeof given === "string") return word(name, given);
    return [figure(byName.get(name), given), unit(name)].filter(Boolean).join(" ");
  };
  const bounds = (field: NumberField, rule: Rule) => {
    const [low, high] = rule === "unusual" ? field.usual : [field.low, field.high];
    return { low: figure(field, low), high: figure(field, high), unit: unit(field.name) };
  };
  const message = (name: string, rule: Rule | EntryError): string => {
    const field = byName.get(name);
    return t(`rules.${rule}`, { field: label(name), ...(field?.kind === "number" ? bounds(field, rule) : {}) });
  };
  /** An error or a warning of the API about a field, translated where its rule is known. */
  const remark = (name: string, problem: Pick<FieldProblem, "code" | "detail">): string => {
    const rule = ruleOf(problem.code, name);
    // what a word is compared with stands in the API's own sentence only
    const needsDetail = rule === undefined || rule === "unknown" || rule === "new";
    return needsDetail && !te(`problems.${problem.code}`) ? t("rules.detail", { detail: problem.detail }) : message(name, rule ?? "missing");
  };
  return { label, word, unit, value, message, remark };
}
