/** The dashboard's state that stands in its address: time range, refresh, variables, and how it is shown. */

import { rangeUtil, type RawTimeRange, type TimeRange, dateTime } from '@grafana/data';

import { timeParams, type VariableValue } from './interpolate';

export interface Address {
  raw: RawTimeRange | null;
  refresh: string | null;
  chosen: Record<string, string | string[]>;
  kiosk: boolean;
  viewPanel: number | null;
}

export function readAddress(search: string): Address {
  const params = new URLSearchParams(search);
  const chosen: Address['chosen'] = {};
  for (const key of new Set(params.keys())) {
    if (key.startsWith('var-')) {
      const values = params.getAll(key);
      chosen[key.slice(4)] = values.length > 1 ? values : values[0];
    }
  }
  const [from, to] = [params.get('from'), params.get('to')];
  const panel = Number.parseInt((params.get('viewPanel') ?? '').replace('panel-', ''), 10);
  return {
    raw: from && to ? { from: moment(from), to: moment(to) } : null,
    refresh: params.get('refresh'),
    chosen,
    kiosk: params.has('kiosk') && params.get('kiosk') !== 'false',
    viewPanel: Number.isNaN(panel) ? null : panel,
  };
}

function moment(text: string) {
  if (/^\d+$/.test(text)) {
    return dateTime(Number(text));
  }
  return text.startsWith('now') ? text : dateTime(text);
}

export function toRange(raw: RawTimeRange, timeZone: string): TimeRange {
  return rangeUtil.convertRawToRange(raw, timeZone);
}

/** Write the state into the address without a new entry in the browser's history. */
export function writeAddress(range: TimeRange, refresh: string, variables: VariableValue[]): void {
  const params = new URLSearchParams(location.search);
  for (const key of [...params.keys()].filter((one) => one.startsWith('var-'))) {
    params.delete(key);
  }
  timeParams(range).forEach((value, key) => params.set(key, value));
  params.set('refresh', refresh);
  for (const variable of variables) {
    for (const value of Array.isArray(variable.value) ? variable.value : [variable.value]) {
      params.append(`var-${variable.name}`, value);
    }
  }
  history.replaceState(history.state, '', `${location.pathname}?${params}`);
}
