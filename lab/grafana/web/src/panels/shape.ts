/** Turns the API's frames into what panels draw, as Grafana's Prometheus data source does in the browser: series, tables, heatmaps. */

import { type DataFrame, dataFrameFromJSON, type Field, FieldType, toDataFrame } from '@grafana/data';

import type { QueryAnswer } from '../api/types';

export interface Target {
  refId?: string;
  format?: string;
  expr?: string;
  hide?: boolean;
  [key: string]: unknown;
}

const valueField = (frame: DataFrame): Field | undefined => frame.fields.find((field) => field.type === FieldType.number);
const timeField = (frame: DataFrame): Field | undefined => frame.fields.find((field) => field.type === FieldType.time);

/** One table out of all series of a query: time, a column a label, the value. */
function table(frames: DataFrame[], refId: string, several: boolean): DataFrame {
  const labels = [...new Set(frames.flatMap((frame) => Object.keys(valueField(frame)?.labels ?? {})))].sort();
  const rows = frames.flatMap((frame) => {
    const [times, values] = [timeField(frame), valueField(frame)];
    return times && values ? times.values.map((time, index) => ({ time, value: values.values[index], labels: values.labels ?? {} })) : [];
  });
  const number = (label: string) => label === 'le';
  return toDataFrame({
    refId,
    meta: frames[0]?.meta,
    fields: [
      { name: 'Time', type: FieldType.time, values: rows.map((row) => row.time) },
      ...labels.map((label) => ({
        name: label,
        config: { filterable: true },
        type: number(label) ? FieldType.number : FieldType.string,
        values: rows.map((row) => (number(label) ? Number(row.labels[label]?.replace('+Inf', 'Infinity')) : (row.labels[label] ?? ''))),
      })),
      { name: several ? `Value #${refId}` : 'Value', type: FieldType.number, values: rows.map((row) => row.value) },
    ],
  });
}

const bound = (frame: DataFrame) => Number((valueField(frame)?.labels?.le ?? valueField(frame)?.labels?.quantile ?? '').replace('+Inf', 'Infinity'));

/** Cumulative buckets as one frame of what each bucket holds by itself: a field a bucket, named by its upper bound. */
function histogramOverTime(frames: DataFrame[], refId: string): DataFrame[] {
  const ordered = frames.filter((frame) => valueField(frame)?.labels?.le !== undefined).sort((a, b) => bound(a) - bound(b));
  if (!ordered.length) {
    return frames;
  }
  const times = [...new Set(ordered.flatMap((frame) => timeField(frame)?.values ?? []))].sort((a: number, b: number) => a - b);
  const at = new Map(times.map((time, index) => [time, index]));
  const cumulative = ordered.map((frame) => {
    const row = new Array<number | null>(times.length).fill(null);
    timeField(frame)?.values.forEach((time, index) => {
      row[at.get(time)!] = valueField(frame)!.values[index];
    });
    return row;
  });
  const own = cumulative.map((row, bucket) =>
    row.map((value, index) => (value === null || bucket === 0 ? value : Math.max(0, value - (cumulative[bucket - 1][index] ?? 0))))
  );
  const interval = timeField(ordered[0])?.config.interval;
  return [
    toDataFrame({
      refId,
      meta: { ...ordered[0].meta, type: 'heatmap-rows' },
      fields: [
        { name: 'Time', type: FieldType.time, values: times, config: { interval } },
        ...ordered.map((frame, bucket) => ({
          name: valueField(frame)!.labels!.le,
          type: FieldType.number,
          labels: valueField(frame)!.labels,
          values: own[bucket],
        })),
      ],
    }),
  ];
}

/** Every query's frames in the form that its target asks for, in the targets' order. */
export function shape(answer: QueryAnswer, targets: Target[]): DataFrame[] {
  const shown = targets.filter((target) => !target.hide);
  const several = shown.filter((target) => target.format === 'table').length > 1;
  return shown.flatMap((target) => {
    const refId = target.refId ?? 'A';
    const frames = (answer.results[refId]?.frames ?? []).map((frame) => dataFrameFromJSON(frame)).filter((frame) => frame.fields.length > 0);
    if (target.format === 'table') {
      return frames.length ? [table(frames, refId, several)] : [];
    }
    return target.format === 'heatmap' ? histogramOverTime(frames, refId) : frames;
  });
}
