/** A dashboard's state: its JSON, time range, refresh, variables; kept in the address. */

import { rangeUtil, type TimeRange } from '@grafana/data';
import type { VariableModel } from '@grafana/schema';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { ApiError, get } from '../api/client';
import type { DashboardAnswer, DataSourceSummary, Settings } from '../api/types';
import { readAddress, toRange, writeAddress } from './address';
import type { Scope } from './interpolate';
import { followsTime, loadVariables, type Variable } from './variables';

export interface Live {
  answer: DashboardAnswer;
  sources: DataSourceSummary[];
  variables: Variable[];
  scope: Scope;
  range: TimeRange;
  refresh: string;
  timeZone: string;
  tick: number;
  setRange: (range: TimeRange) => void;
  setRefresh: (interval: string) => void;
  refreshNow: () => void;
  setVariable: (name: string, value: string | string[]) => void;
}

const NEVER = '';

export function useDashboard(uid: string): { live: Live | null; error: string | null } {
  const [loaded, setLoaded] = useState<{ answer: DashboardAnswer; sources: DataSourceSummary[] } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [range, setRangeState] = useState<TimeRange | null>(null);
  const [refresh, setRefresh] = useState(NEVER);
  const [variables, setVariables] = useState<Variable[] | null>(null);
  const [tick, setTick] = useState(0);
  const chosen = useRef(readAddress(location.search).chosen);
  const timeZone = loaded?.answer.dashboard.timezone === 'utc' ? 'utc' : 'browser';
  const models = useMemo(() => (loaded?.answer.dashboard.templating?.list ?? []) as VariableModel[], [loaded]);

  useEffect(() => {
    let stale = false;
    setLoaded(null);
    setVariables(null);
    setError(null);
    chosen.current = readAddress(location.search).chosen;
    Promise.all([get<DashboardAnswer>(`/api/dashboards/uid/${uid}`), get<Settings>('/api/frontend/settings')])
      .then(([answer, settings]) => {
        if (stale) {
          return;
        }
        const { raw, refresh: asked } = readAddress(location.search);
        const { time, refresh: own, timezone } = answer.dashboard;
        setRangeState(toRange(raw ?? { from: time?.from ?? 'now-6h', to: time?.to ?? 'now' }, timezone === 'utc' ? 'utc' : 'browser'));
        setRefresh(asked ?? (typeof own === 'string' ? own : NEVER));
        setLoaded({ answer, sources: Object.values(settings.datasources) });
      })
      .catch((problem) => !stale && setError(problem instanceof ApiError ? problem.message : String(problem)));
    return () => {
      stale = true;
    };
  }, [uid]);

  // Variables load once, and again with the time range only if one of them says so.
  const times = followsTime(models) && range ? `${range.from.valueOf()}` : '';
  const load = useCallback(async () => {
    if (loaded && range) {
      setVariables(await loadVariables(models, range, loaded.sources, chosen.current));
    }
  }, [loaded, models, range]);
  useEffect(() => {
    if (loaded) {
      load();
    }
    // `load` changes with every range.
  }, [loaded, times]);

  const refreshNow = useCallback(() => {
    setRangeState((now) => (now && rangeUtil.isRelativeTimeRange(now.raw) ? rangeUtil.convertRawToRange(now.raw, timeZone) : now));
    setTick((now) => now + 1);
  }, [timeZone]);

  useEffect(() => {
    if (!refresh || refresh === 'off') {
      return undefined;
    }
    const timer = setInterval(() => document.visibilityState === 'visible' && refreshNow(), rangeUtil.intervalToMs(refresh));
    return () => clearInterval(timer);
  }, [refresh, refreshNow]);

  useEffect(() => {
    if (range && variables) {
      writeAddress(range, refresh, variables);
    }
  }, [range, refresh, variables]);

  const scope = useMemo(() => (range && variables ? { range, variables } : null), [range, variables]);
  if (!loaded || !range || !scope || !variables) {
    return { live: null, error };
  }
  const live: Live = {
    ...loaded,
    variables,
    scope,
    range,
    refresh,
    timeZone,
    tick,
    setRange: setRangeState,
    setRefresh,
    refreshNow,
    setVariable: (name, value) => {
      chosen.current = { ...Object.fromEntries(variables.map((one) => [one.name, one.value])), [name]: value };
      load();
    },
  };
  return { live, error };
}
