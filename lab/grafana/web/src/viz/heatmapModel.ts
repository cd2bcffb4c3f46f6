/** What a heatmap draws: cells by time and bucket, and its two axes. */

import { type DataFrame, dateTimeFormat, FieldType, formattedValueToString, getValueFormat, type TimeRange } from '@grafana/data';

export interface Buckets {
  times: number[];
  /** Milliseconds that a column covers, ending at its time. */
  interval: number;
  /** Upper bounds, lowest bucket first. */
  bounds: string[];
  /** By bucket, then by time. */
  values: Array<Array<number | null>>;
}

export interface Tick {
  /** From 0 to 1 along the axis. */
  at: number;
  label: string;
}

export function bucketsOf(frames: DataFrame[]): Buckets | null {
  const frame = frames.find((one) => one.fields.some((field) => field.type === FieldType.time));
  const times = frame?.fields.find((field) => field.type === FieldType.time);
  const rows = (frame?.fields ?? []).filter((field) => field.type === FieldType.number);
  if (!times?.values.length || !rows.length) {
    return null;
  }
  const gaps = times.values.slice(1).map((time, index) => time - times.values[index]);
  const interval = times.config.interval ?? (gaps.length ? Math.min(...gaps) : 60_000);
  return { times: times.values, interval, bounds: rows.map((row) => row.labels?.le ?? row.state?.displayName ?? row.name), values: rows.map((row) => row.values) };
}

export function extent(values: Buckets['values'], above: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values.flat()) {
    if (value !== null && value > above) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/** A bound as its axis shows it; the open last bucket has no number. */
export function boundLabel(bound: string, unit: string | undefined): string {
  const number = Number(bound);
  return Number.isFinite(number) ? formattedValueToString(getValueFormat(unit)(number)) : bound;
}

/** Labels at the buckets' upper edges, as many as fit. */
export function boundTicks(bounds: string[], unit: string | undefined, height: number): Tick[] {
  const every = Math.ceil((bounds.length * 15) / Math.max(height, 1));
  return bounds.flatMap((bound, index) => (index % every === 0 ? [{ at: (index + 1) / bounds.length, label: boundLabel(bound, unit) }] : []));
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000].map((seconds) => seconds * 1000);

export function timeTicks(range: TimeRange, width: number, timeZone: string): Tick[] {
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const step = STEPS.find((one) => (to - from) / one <= width / 70) ?? STEPS[STEPS.length - 1];
  const format = step < 60_000 ? 'HH:mm:ss' : step < 86_400_000 ? 'HH:mm' : 'MM/DD';
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    ticks.push({ at: (at - from) / (to - from), label: dateTimeFormat(at, { timeZone, format }) });
  }
  return ticks;
}
