import { useI18n } from "vue-i18n";
import type { Schemas } from "@/api/web";
import { useFormat } from "@/shared/format/use-format";
import { figureOf, topicOf, type Question, type QuestionTopic } from "./figures";
import { useFigures } from "./use-figures";

type Row = Schemas["AnswerFigures"];

/** The threshold that the answers name, minutes; the API's own sentences name the same. */
const NAMED_MIN = 60;

/** The standing questions and their answers in the language of the page, made of the figures behind them. */
export function useAnswerWords() {
  const { t } = useI18n();
  const format = useFormat();
  const figures = useFigures();

  const named = (rows: readonly Row[], scope: string): Row => rows.find((row) => row.scope === scope && row.threshold_min === NAMED_MIN) ?? {};
  const threshold = () => figures.minutes(NAMED_MIN);

  const affected = (rows: readonly Row[]) =>
    t("rental.buffer.answers.affected.words", {
      threshold: threshold(),
      touched: figures.withInterval("touched", figureOf(named(rows, "all"), "touched")),
      share: figures.withInterval("share_of_chained", figureOf(named(rows, "all"), "share_of_chained")),
      connect: figures.withInterval("touched", figureOf(named(rows, "connect"), "touched")),
    });
  const revenue = (rows: readonly Row[]) =>
    t("rental.buffer.answers.revenue.words", { threshold: threshold(), share: figures.withInterval("share_of_all", figureOf(named(rows, "all"), "share_of_all")) });
  const solved = (rows: readonly Row[]) => {
    const row = named(rows, "all");
    return t("rental.buffer.answers.solved.words", {
      threshold: threshold(),
      avoided: figures.withInterval("avoided", figureOf(row, "avoided")),
      share: figures.withInterval("avoided_share", figureOf(row, "avoided_share")),
      moved: figures.withInterval("cleared_by_moving", figureOf(row, "cleared_by_moving")),
      ratio: figures.withInterval("break_even", figureOf(row, "break_even")),
    });
  };
  const lateness = (rows: readonly Row[]) => {
    const waits = rows.filter((row) => row.above_min !== null);
    const count = (some: readonly Row[], name: "rentals" | "canceled") => some.reduce((sum, row) => sum + (row[name] ?? 0), 0);
    const [known, conflicts] = [count(rows, "rentals"), count(waits, "rentals")];
    const others = rows.filter((row) => row.above_min === null);
    const longest = rows.at(-1) ?? {};
    const share = (part: number, whole: number) => (whole === 0 ? "–" : format.share(part / whole, 1));
    return t("rental.buffer.answers.lateness.words", {
      conflicts: format.number(conflicts),
      known: format.number(known),
      rate: share(conflicts, known),
      canceled: share(count(waits, "canceled"), conflicts),
      others: share(count(others, "canceled"), count(others, "rentals")),
      longest: format.number(longest.rentals ?? 0),
      minutes: figures.minutes(longest.above_min ?? 0),
      longestCanceled: format.number(longest.canceled ?? 0),
    });
  };
  const family = (row: Row) => t(`rental.buffer.families.${row.family}`);
  const p = (row: Row) => t("rental.buffer.pValue", { name: family(row), p: format.number(row.p_value ?? 1, 3) });
  const scopes = (rows: readonly Row[]) => {
    const reachable = rows.filter((row) => row.range === "reachable");
    const winners = reachable.filter((row) => row.is_better).map(family).join(", ");
    const values = reachable.map(p).join("; ");
    const below = rows.filter((row) => row.range === "below" && row.family !== "pair" && row.is_better && row.best);
    return [
      winners ? t("rental.buffer.answers.scopes.yes", { winners, values }) : t("rental.buffer.answers.scopes.no", { values }),
      ...below.map(({ best, ...row }) =>
        t("rental.buffer.answers.scopes.below", {
          family: family(row),
          minutes: figures.minutes(Math.max(best!.connect_min, best!.mobile_min)),
          touched: figures.text("touched", best!.touched),
          avoided: figures.text("avoided", best!.avoided),
          more: figures.numberWithInterval(best!.more_than_uniform, 1),
        }),
      ),
    ].join(" ");
  };
  const words: Record<QuestionTopic, (rows: readonly Row[]) => string> = { revenue, affected, lateness, solved, scopes };

  /** `lang` names the language of an answer that only the API has. */
  return (question: Question) => {
    const topic = topicOf(question);
    return topic === undefined
      ? { topic, title: question.question, text: question.words, lang: "en" }
      : { topic, title: t(`rental.buffer.answers.${topic}.title`), text: words[topic](question.figures), lang: undefined };
  };
}
