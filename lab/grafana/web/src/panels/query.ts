/** Asks for a panel's data through /api/ds/query. */

import { type DataFrame, dateTime, rangeUtil, type TimeRange } from '@grafana/data';
import type { Panel } from '@grafana/schema';

import { ApiError, post } from '../api/client';
import type { DataSourceSummary, QueryAnswer } from '../api/types';
import { interpolate, promFormat, type Scope } from '../dashboard/interpolate';
import { shape, type Target } from './shape';

export interface PanelData {
  frames: DataFrame[];
  errors: string[];
  notices: string[];
}

type Reference = { uid?: string; type?: string } | string | null | undefined;

function resolve(reference: Reference, scope: Scope, sources: DataSourceSummary[]): DataSourceSummary {
  const uid = interpolate(typeof reference === 'string' ? reference : reference?.uid, scope);
  const found = uid ? sources.find((one) => one.uid === uid || one.name === uid) : sources.find((one) => one.isDefault);
  if (!found) {
    throw new Error(`Datasource ${uid || 'default'} was not found`);
  }
  return found;
}

/** A panel's own time range: `timeFrom` takes the place of a relative range, `timeShift` moves any. */
export function panelRange(panel: Panel, range: TimeRange): { range: TimeRange; note: string } {
  const notes: string[] = [];
  let own = range;
  if (panel.timeFrom && rangeUtil.isRelativeTimeRange(range.raw)) {
    own = rangeUtil.convertRawToRange({ from: `now-${panel.timeFrom}`, to: 'now' });
    notes.push(`Last ${panel.timeFrom}`);
  }
  if (panel.timeShift) {
    const by = rangeUtil.intervalToMs(panel.timeShift);
    const from = dateTime(own.from.valueOf() - by);
    const to = dateTime(own.to.valueOf() - by);
    own = { from, to, raw: { from, to } };
    notes.push(`timeshift -${panel.timeShift}`);
  }
  return { range: own, note: notes.join(' ') };
}

function queries(panel: Panel, scope: Scope, sources: DataSourceSummary[], width: number) {
  const targets = ((panel.targets ?? []) as Target[]).filter((target) => !target.hide);
  const points = panel.maxDataPoints ?? Math.max(1, Math.floor(width));
  return targets.map((target) => {
    const source = resolve((target.datasource ?? panel.datasource) as Reference, scope, sources);
    const least = interpolate(panel.interval, scope) || source.jsonData?.timeInterval;
    const { intervalMs } = rangeUtil.calculateInterval(scope.range, points, least);
    return {
      ...target,
      refId: target.refId ?? 'A',
      datasource: { uid: source.uid, type: source.type },
      expr: interpolate(target.expr, scope, {}, promFormat),
      legendFormat: interpolate(target.legendFormat as string | undefined, scope),
      interval: interpolate(target.interval as string | undefined, scope),
      intervalMs,
      maxDataPoints: points,
    };
  });
}

/** Ask all of a panel's queries at once. Errors come back as sentences: the panel stays and says them. */
export async function fetchPanel(
  panel: Panel,
  scope: Scope,
  sources: DataSourceSummary[],
  width: number,
  signal: AbortSignal
): Promise<PanelData> {
  const targets = (panel.targets ?? []) as Target[];
  if (!targets.some((target) => !target.hide)) {
    return { frames: [], errors: [], notices: [] };
  }
  let answer: QueryAnswer;
  try {
    const body = {
      queries: queries(panel, scope, sources, width),
      from: String(scope.range.from.valueOf()),
      to: String(scope.range.to.valueOf()),
    };
    answer = await post<QueryAnswer>('/api/ds/query', body, signal);
  } catch (problem) {
    if (signal.aborted) {
      throw problem;
    }
    const results = problem instanceof ApiError ? (problem.body as QueryAnswer | null)?.results : undefined;
    if (!results) {
      return { frames: [], errors: [problem instanceof Error ? problem.message : String(problem)], notices: [] };
    }
    answer = { results };
  }
  const errors = Object.values(answer.results).flatMap((result) => (result.error ? [result.error] : []));
  const frames = shape(answer, targets);
  const notices = frames.flatMap((frame) => (frame.meta?.notices ?? []).map((notice) => notice.text));
  return { frames, errors, notices };
}
