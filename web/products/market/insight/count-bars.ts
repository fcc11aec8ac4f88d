// Cars counted as bars: the one way in which these pages draw counts.
import type { ChartColors } from "@/shared/chart/colors";
import type { ChartOption } from "@/shared/chart/echarts";

export interface CountBar {
  /** Under the bar. */
  name: string;
  /** In full, when somebody points at it. */
  about: string;
  cars: number;
}

export const countBars =
  (bars: readonly CountBar[], number: (cars: number) => string) =>
  (colors: ChartColors): ChartOption => {
    const label = { color: colors["ink-muted"], hideOverlap: true };
    return {
      grid: { left: 8, right: 12, top: 12, bottom: 8, containLabel: true },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        confine: true,
        formatter: (items: unknown) => {
          const bar = bars[(items as { dataIndex: number }[])[0]?.dataIndex ?? 0];
          return bar ? `${bar.about}\n${number(bar.cars)}` : "";
        },
      },
      xAxis: { type: "category", data: bars.map(({ name }) => name), axisLabel: label, axisLine: { lineStyle: { color: colors.line } }, axisTick: { show: false } },
      yAxis: { type: "value", minInterval: 1, axisLabel: { ...label, formatter: (cars: number) => number(cars) }, splitLine: { lineStyle: { color: colors.line } } },
      series: [{ type: "bar", data: bars.map(({ cars }) => cars), itemStyle: { color: colors["series-1"] }, barMaxWidth: 40 }],
    };
  };
