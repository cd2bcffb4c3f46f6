import { type DataFrame, FieldType, getFieldDisplayName, type LinkModel } from '@grafana/data';
import { DashboardCursorSync, TooltipDisplayMode } from '@grafana/schema';
import { TimeSeries, TooltipPlugin2 } from '@grafana/ui';

import { SeriesTooltip } from './SeriesTooltip';
import type { VizProps } from './types';

const X_ONE = 0;
const X_ALL = 1;

/** Frames that have a time and a number; what no scale can hold becomes a gap. */
function drawable(frames: DataFrame[]): DataFrame[] {
  return frames
    .filter((frame) => frame.length > 0 && frame.fields.some((field) => field.type === FieldType.time) && frame.fields.some((field) => field.type === FieldType.number))
    .map((frame) => ({
      ...frame,
      fields: frame.fields
        .filter((field) => field.type === FieldType.time || field.type === FieldType.number)
        .map((field) =>
          field.type === FieldType.number && field.values.some((value) => value !== null && !Number.isFinite(value))
            ? { ...field, values: field.values.map((value) => (Number.isFinite(value) ? value : null)) }
            : field
        ),
    }));
}

export function hasSeries(frames: DataFrame[]): boolean {
  return drawable(frames).length > 0;
}

function links(frame: DataFrame, seriesIdx: number, dataIdx: number): LinkModel[] {
  return frame.fields[seriesIdx]?.getLinks?.({ valueRowIndex: dataIdx }) ?? [];
}

export default function TimeSeriesViz({ prepared, width, height, range, timeZone, onZoom }: VizProps) {
  const { options } = prepared;
  const frames = drawable(prepared.data);
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
