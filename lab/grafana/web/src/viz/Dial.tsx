/** A gauge: @grafana/ui publishes none. Three quarters of a ring, coloured by value, with its thresholds around it. */

import { type FieldDisplay, formattedValueToString, getActiveThreshold, type GrafanaTheme2, type Threshold } from '@grafana/data';

const START = (-3 * Math.PI) / 4;
const SWEEP = (3 * Math.PI) / 2;

function arc(center: { x: number; y: number }, radius: number, from: number, to: number): string {
  const at = (share: number) => {
    const angle = START + SWEEP * share;
    return `${center.x + radius * Math.sin(angle)} ${center.y - radius * Math.cos(angle)}`;
  };
  return `M ${at(from)} A ${radius} ${radius} 0 ${(to - from) * SWEEP > Math.PI ? 1 : 0} 1 ${at(to)}`;
}

interface Props {
  value: FieldDisplay;
  width: number;
  height: number;
  theme: GrafanaTheme2;
  titled: boolean;
  markers: boolean;
}

export function Dial({ value, width, height, theme, titled, markers }: Props) {
  const { field, display } = value;
  const min = field.min ?? 0;
  const max = field.max ?? 100;
  const share = (number: number) => Math.min(1, Math.max(0, (number - min) / (max - min || 1)));
  const title = titled ? 20 : 0;
  const size = Math.max(40, Math.min(width, (height - title) * 1.12));
  const thickness = size * 0.11;
  const center = { x: width / 2, y: size / 2 };
  const radius = size / 2 - thickness;
  const steps: Threshold[] = field.thresholds?.steps ?? [];
  const percent = field.thresholds?.mode === 'percentage';
  const place = (step: Threshold) => (step.value === -Infinity || step.value === null ? 0 : percent ? step.value / 100 : share(step.value));
  const colour = display.color ?? theme.visualization.getColorByName(getActiveThreshold(display.numeric, steps)?.color ?? 'green');
  const text = formattedValueToString(display);
  return (
    <svg width={width} height={height} role="img" aria-label={`${display.title ?? ''} ${text}`}>
      <path d={arc(center, radius, 0, 1)} fill="none" stroke={theme.colors.background.secondary} strokeWidth={thickness} />
      {Number.isFinite(display.numeric) && (
        <path d={arc(center, radius, 0, Math.max(share(display.numeric), 0.001))} fill="none" stroke={colour} strokeWidth={thickness} />
      )}
      {markers &&
        steps.map((step, index) => {
          const [from, to] = [place(step), index + 1 < steps.length ? place(steps[index + 1]) : 1];
          const stroke = theme.visualization.getColorByName(step.color);
          return to > from && <path key={index} d={arc(center, radius + thickness * 0.75, from, to)} fill="none" stroke={stroke} strokeWidth={thickness * 0.25} />;
        })}
      <text x={center.x} y={center.y + size * 0.06} textAnchor="middle" fill={colour} fontSize={Math.min(size * 0.18, (1.5 * size) / text.length)} fontWeight={500}>
        {text}
      </text>
      {titled && (
        <text x={center.x} y={height - 6} textAnchor="middle" fill={theme.colors.text.primary} fontSize={13}>
          {display.title}
        </text>
      )}
    </svg>
  );
}
