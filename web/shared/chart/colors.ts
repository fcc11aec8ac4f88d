// The tokens as ECharts wants them: it draws on a canvas and cannot resolve variables.

const NAMES = ["ink", "ink-muted", "line", "page", "raised", "accent", "band", "good", "warn", "bad", "synthetic", "series-1", "series-2", "series-3", "series-4", "series-5", "series-6"] as const;

export type ChartColors = Record<(typeof NAMES)[number], string>;

/** The colours as they are now, in the theme of an element. */
export function chartColors(element: Element): ChartColors {
  const probe = document.createElement("span");
  element.append(probe);
  const colors = Object.fromEntries(
    NAMES.map((name) => {
      probe.style.color = `var(--color-${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return colors as ChartColors;
}
