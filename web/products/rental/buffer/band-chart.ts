// A line with the band of its interval, and the place where one stands.
import type { ChartColors } from "@/shared/chart/colors";
import type { ChartOption } from "@/shared/chart/echarts";

export interface BandPoint {
  at: number;
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface BandChart {
  points: readonly BandPoint[];
  /** Drawn as a dot. */
  mark: { at: number; value: number | null } | undefined;
  xName: string;
  xText: (value: number) => string;
  yText: (value: number) => string;
  /** Distance of the marks of the axis; the library's own where it is missing. */
  interval?: number;
  tooltip: (index: number) => string;
}

/** The option of the chart; points that are not defined leave a gap. */
export function bandOption({ points, mark, xName, xText, yText, interval, tooltip }: BandChart, colors: ChartColors): ChartOption {
  const edge = { type: "line" as const, showSymbol: false, lineStyle: { opacity: 0 }, stack: "interval", stackStrategy: "all" as const, silent: true };
  const drawn = points.filter((point) => point.value !== null && point.low !== null && point.high !== null);
  const label = { color: colors["ink-muted"], hideOverlap: true };
  return {
    grid: { left: 8, right: 16, top: 16, bottom: 28, containLabel: true },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      formatter: (items: unknown) => {
        const at = (items as { value: [number, number] }[])[0]?.value[0];
        const index = points.findIndex((point) => point.at === at);
        return index < 0 ? "" : tooltip(index);
      },
    },
    xAxis: {
      type: "value",
      min: points[0]?.at ?? 0,
      max: points.at(-1)?.at ?? 1,
      ...(interval === undefined ? {} : { interval }),
      name: xName,
      nameLocation: "middle",
      nameGap: 28,
      nameTextStyle: { color: colors["ink-muted"] },
      axisLabel: { ...label, formatter: xText },
      axisLine: { lineStyle: { color: colors.line } },
      splitLine: { show: false },
    },
    yAxis: { type: "value", axisLabel: { ...label, formatter: yText }, splitLine: { lineStyle: { color: colors.line } } },
    series: [
      { ...edge, data: drawn.map(({ at, low }) => [at, low]) },
      { ...edge, data: drawn.map(({ at, low, high }) => [at, high! - low!]), areaStyle: { color: colors.band, opacity: 0.6 } },
      { type: "line", showSymbol: false, data: points.map(({ at, value }) => [at, value]), lineStyle: { color: colors["series-1"], width: 2 } },
      {
        type: "scatter",
        data: mark === undefined || mark.value === null ? [] : [[mark.at, mark.value]],
        symbolSize: 14,
        z: 5,
        itemStyle: { color: colors.accent, opacity: 1, borderColor: colors.raised, borderWidth: 2 },
        silent: true,
      },
    ],
  } as ChartOption;
}
