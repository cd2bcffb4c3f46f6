/** Grafana's heatmap colours: its schemes come from d3, turned round where a theme's background asks for it. */

import type { GrafanaTheme2 } from '@grafana/data';
import * as d3 from 'd3-scale-chromatic';

interface ColorOptions {
  mode?: string;
  scheme?: string;
  steps?: number;
  reverse?: boolean;
  fill?: string;
  exponent?: number;
}

const LIGHT_AT_THE_TOP = ['Turbo', 'Cividis', 'Viridis', 'Magma', 'Inferno', 'Plasma', 'Warm', 'Cool', 'CubehelixDefault'];
const DIVERGING = ['BrBG', 'PRGn', 'PiYG', 'PuOr', 'RdBu', 'RdGy', 'RdYlBu', 'RdYlGn', 'Spectral'];

function turned(scheme: string, theme: GrafanaTheme2): boolean {
  if (DIVERGING.includes(scheme)) {
    return true;
  }
  return LIGHT_AT_THE_TOP.includes(scheme) ? theme.isLight : theme.isDark;
}

function withOpacity(colour: string, share: number, theme: GrafanaTheme2): string {
  const hex = theme.visualization.getColorByName(colour);
  return `color-mix(in srgb, ${hex} ${Math.round(share * 100)}%, transparent)`;
}

/** The colour of each step from the lowest to the highest value. */
export function palette(options: ColorOptions, theme: GrafanaTheme2): string[] {
  const steps = Math.max(2, Math.min(options.steps ?? 64, 128));
  const shares = Array.from({ length: steps }, (_, step) => step / (steps - 1));
  if (options.mode === 'opacity') {
    return shares.map((share) => withOpacity(options.fill ?? 'dark-orange', 0.05 + 0.95 * share ** (options.exponent ?? 0.5), theme));
  }
  const scheme = options.scheme ?? 'Oranges';
  const interpolate = (d3 as unknown as Record<string, (share: number) => string>)[`interpolate${scheme}`] ?? d3.interpolateOranges;
  const reverse = Boolean(options.reverse) !== turned(scheme, theme);
  return shares.map((share) => interpolate(reverse ? 1 - share : share));
}
