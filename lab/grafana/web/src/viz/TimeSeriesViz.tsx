import { applyNullInsertThreshold, type DataFrame, type Field, FieldType, getFieldDisplayName, type LinkModel, type TimeRange } from '@grafana/data';
import { DashboardCursorSync, TooltipDisplayMode } from '@grafana/schema';
import { TimeSeries, TooltipPlugin2 } from '@grafana/ui';
import { useMemo } from 'react';

import { SeriesTooltip } from './SeriesTooltip';
import type { VizProps } from './types';

const X_ONE = 0;
const X_ALL = 1;

const isNumber = (field: Field) => field.type === FieldType.number;
const isTime = (field: Field) => field.type === FieldType.time;

/** What no scale can hold becomes a gap. */
function finite(field: Field): Field {
  const whole = !isNumber(field) || field.values.every((value) => value === null || Number.isFinite(value));
  return whole ? field : { ...field, values: field.values.map((value) => (Number.isFinite(value) ? value : null)) };
}

function isSeries(frame: DataFrame): boolean {
  return frame.length > 0 && frame.fields.some(isTime) && frame.fields.some(isNumber);
}

/** Series with their gaps: where a step has no sample there is a null, so that no line is drawn across, as in Grafana. */
function drawable(frames: DataFrame[], range: TimeRange): DataFrame[] {
  return frames.filter(isSeries).map((frame) =>
    applyNullInsertThreshold({
      frame: { ...frame, fields: frame.fields.filter((field) => isTime(field) || isNumber(field)).map(finite) },
      refFieldPseudoMin: range.from.valueOf(),
      refFieldPseudoMax: range.to.valueOf(),
    })
  );
}

export function hasSeries(frames: DataFrame[]): boolean {
  return frames.some(isSeries);
}

function links(frame: DataFrame, seriesIdx: number, dataIdx: number): LinkModel[] {
  return frame.fields[seriesIdx]?.getLinks?.({ valueRowIndex: dataIdx }) ?? [];
}

export default function TimeSeriesViz({ prepared, width, height, range, timeZone, onZoom }: VizProps) {
  const { options } = prepared;
  const frames = useMemo(() => drawable(prepared.data, range), [prepared.data, range]);
  const mode: TooltipDisplayMode = options.tooltip?.mode ?? TooltipDisplayMode.Single;
  return (
    <TimeSeries
      frames={frames}
      structureRev={structure(frames)}
      width={width}
      height={height}
      timeRange={range}
      timeZone={timeZone}
      legend={options.legend}
      options={options}
    >
      {(config, aligned) =>
        mode === TooltipDisplayMode.None ? null : (
          <TooltipPlugin2
            config={config}
            hoverMode={mode === TooltipDisplayMode.Single ? X_ONE : X_ALL}
            syncMode={DashboardCursorSync.Crosshair}
            syncScope="dashboard"
            queryZoom={({ from, to }) => onZoom(from, to)}
            getDataLinks={(seriesIdx, dataIdx) => links(aligned, seriesIdx, dataIdx)}
            render={(_plot, dataIdxs, seriesIdx, isPinned, _dismiss, _range, viaSync, dataLinks) =>
              viaSync ? null : (
                <SeriesTooltip
                  frame={aligned}
                  dataIdxs={dataIdxs}
                  seriesIdx={seriesIdx}
                  single={mode === TooltipDisplayMode.Single}
                  sort={options.tooltip?.sort}
                  timeZone={timeZone}
                  links={isPinned ? dataLinks : []}
                />
              )
            }
          />
        )
      }
    </TimeSeries>
  );
}

const revisions = new Map<string, number>();

/** A number that changes when series or their options do, and only then: the plot is built anew for it. */
function structure(frames: DataFrame[]): number {
  const key = JSON.stringify(frames.map((frame) => frame.fields.map((field) => [getFieldDisplayName(field, frame, frames), field.config])));
  const known = revisions.get(key) ?? revisions.size + 1;
  revisions.set(key, known);
  return known;
}
