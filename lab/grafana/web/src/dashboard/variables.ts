/** Loads variables' options in their order, each seeing the ones before it. */

import type { TimeRange } from '@grafana/data';
import type { VariableModel } from '@grafana/schema';

import { ApiError, get } from '../api/client';
import type { DataSourceSummary } from '../api/types';
import { ALL, interpolate, promFormat, type Scope, type VariableValue } from './interpolate';

export interface Variable extends VariableValue {
  label: string;
  hidden: boolean;
  error?: string;
}

type Chosen = Record<string, string | string[]>;

const asText = (query: unknown): string =>
  typeof query === 'string' ? query : String((query as { query?: string } | null)?.query ?? '');

function promResource(uid: string, path: string, params: Record<string, string>): Promise<{ data: unknown[] }> {
  return get(`/api/datasources/uid/${uid}/resources/${path}?${new URLSearchParams(params)}`);
}

async function promOptions(query: string, uid: string, range: TimeRange): Promise<string[]> {
  const times = { start: String(Math.floor(range.from.valueOf() / 1000)), end: String(Math.ceil(range.to.valueOf() / 1000)) };
  const labelValues = query.match(/^label_values\((?:(.+),\s*)?([a-zA-Z_$][\w]*)\s*\)\s*$/s);
  if (labelValues) {
    const [, selector, label] = labelValues;
    const match: Record<string, string> = selector ? { 'match[]': selector.trim() } : {};
    return (await promResource(uid, `api/v1/label/${label}/values`, { ...match, ...times })).data as string[];
  }
  if (/^label_names\(\)\s*$/.test(query)) {
    return (await promResource(uid, 'api/v1/labels', times)).data as string[];
  }
  const metrics = query.match(/^metrics\((.*)\)\s*$/);
  if (metrics) {
    const names = (await promResource(uid, 'api/v1/label/__name__/values', times)).data as string[];
    return names.filter((name) => new RegExp(metrics[1]).test(name));
  }
  const result = query.match(/^query_result\((.+)\)\s*$/s);
  const expr = result ? result[1] : query;
  const answer = (await promResource(uid, 'api/v1/query', { query: expr, time: times.end })) as unknown as {
    data: { result: Array<{ metric: Record<string, string>; value: [number, string] }> };
  };
  return answer.data.result.map(({ metric, value }) => {
    const { __name__: name = '', ...labels } = metric;
    const inside = Object.entries(labels).map(([key, text]) => `${key}="${text}"`);
    return `${name}{${inside.join(',')}} ${value[1]} ${value[0] * 1000}`;
  });
}

async function lokiOptions(query: string, uid: string, range: TimeRange): Promise<string[]> {
  const times = { start: `${range.from.valueOf()}000000`, end: `${range.to.valueOf()}000000` };
  const labelValues = query.match(/^label_values\((?:(.+),\s*)?([a-zA-Z_][\w]*)\s*\)\s*$/s);
  if (!labelValues) {
    return (await promResource(uid, 'labels', times)).data as string[];
  }
  const [, selector, label] = labelValues;
  const match: Record<string, string> = selector ? { query: selector.trim() } : {};
  return (await promResource(uid, `label/${label}/values`, { ...match, ...times })).data as string[];
}

function byRegex(options: string[], regex: string | undefined): string[] {
  const parts = regex?.match(/^\/(.*)\/([gimsuy]*)$/s);
  if (!regex) {
    return options;
  }
  const pattern = parts ? new RegExp(parts[1], parts[2].replace('g', '')) : new RegExp(`^${regex}$`);
  return options.flatMap((option) => {
    const found = option.match(pattern);
    return found ? [found.groups?.value ?? found.groups?.text ?? found[1] ?? option] : [];
  });
}

/** Grafana's order: 0 none, 1/2 by letter, 3/4 by number, 5/6 without case, 7/8 naturally; even ones descending. */
function sorted(options: string[], order: number | undefined): string[] {
  if (!order) {
    return options;
  }
  const number = (text: string) => Number.parseFloat(text.match(/\d+/)?.[0] ?? '-1');
  const compare: Record<number, (a: string, b: string) => number> = {
    1: (a, b) => (a < b ? -1 : 1),
    2: (a, b) => number(a) - number(b),
    3: (a, b) => a.toLowerCase().localeCompare(b.toLowerCase()),
    4: (a, b) => a.localeCompare(b, undefined, { numeric: true }),
  };
  const result = [...options].sort(compare[Math.ceil(order / 2)] ?? compare[1]);
  return order % 2 === 0 ? result.reverse() : result;
}

function source(model: VariableModel, scope: Scope, sources: DataSourceSummary[]): DataSourceSummary {
  const reference = model.datasource as { uid?: string } | string | null | undefined;
  const uid = interpolate(typeof reference === 'string' ? reference : reference?.uid, scope);
  const found = uid ? sources.find((one) => one.uid === uid || one.name === uid) : sources.find((one) => one.isDefault);
  if (!found) {
    throw new Error(`Datasource ${uid || 'default'} was not found`);
  }
  return found;
}

async function optionsOf(model: VariableModel, scope: Scope, sources: DataSourceSummary[]): Promise<string[]> {
  switch (model.type) {
    case 'datasource': {
      const kind = asText(model.query);
      const matching = sources.filter((one) => one.type === kind && (!model.regex || byRegex([one.name], model.regex).length));
      return matching.map((one) => one.uid);
    }
    case 'query': {
      const from = source(model, scope, sources);
      const query = interpolate(asText(model.query), scope, {}, promFormat).trim();
      const options = from.type === 'loki' ? await lokiOptions(query, from.uid, scope.range) : await promOptions(query, from.uid, scope.range);
      return sorted(byRegex([...new Set(options)], model.regex), model.sort);
    }
    case 'interval':
    case 'custom':
      return asText(model.query).split(/(?<!\\),/).map((text) => text.trim().replace(/\\,/g, ','));
    case 'constant':
    case 'textbox':
      return [asText(model.query)];
    default:
      return [];
  }
}

function names(type: string, values: string[], sources: DataSourceSummary[]): string[] {
  return type === 'datasource' ? values.map((uid) => sources.find((one) => one.uid === uid)?.name ?? uid) : values;
}

/** What is chosen: what the address says, else the model's own choice, as far as it still exists; else All or the first. */
function choose(model: VariableModel, options: string[], asked: string | string[] | undefined): string | string[] {
  const saved = model.current?.value as string | string[] | undefined;
  const free = model.type === 'textbox' || model.type === 'constant';
  if (free) {
    return String(asked ?? saved ?? options[0] ?? '');
  }
  for (const candidate of [asked, saved]) {
    const all = candidate === undefined ? [] : Array.isArray(candidate) ? candidate : [candidate];
    if (model.includeAll && (all.includes(ALL) || all.includes('All'))) {
      return model.multi ? [ALL] : ALL;
    }
    const kept = candidate === asked && model.type !== 'datasource' ? all.filter(Boolean) : all.filter((one) => options.includes(one));
    if (kept.length) {
      return model.multi ? kept : kept[0];
    }
  }
  const first = model.includeAll ? ALL : (options[0] ?? '');
  return model.multi ? [first] : first;
}

/** Load one variable after those before it. A query that fails leaves it empty, with the error to show. */
async function load(model: VariableModel, scope: Scope, sources: DataSourceSummary[], chosen: Chosen): Promise<Variable> {
  let options: string[] = [];
  let error: string | undefined;
  try {
    options = await optionsOf(model, scope, sources);
  } catch (problem) {
    error = problem instanceof ApiError || problem instanceof Error ? problem.message : String(problem);
  }
  const value = choose(model, options, chosen[model.name]);
  const values = Array.isArray(value) ? value : [value];
  const text = values.includes(ALL) ? ['All'] : names(model.type, values, sources);
  return {
    name: model.name,
    label: model.label || model.name,
    type: model.type,
    hidden: model.hide === 2,
    value,
    text: Array.isArray(value) ? text : text[0],
    multi: Boolean(model.multi),
    includeAll: Boolean(model.includeAll),
    allValue: model.allValue,
    options,
    error,
  };
}

export async function loadVariables(models: VariableModel[], range: TimeRange, sources: DataSourceSummary[], chosen: Chosen): Promise<Variable[]> {
  const variables: Variable[] = [];
  for (const model of models) {
    variables.push(await load(model, { variables, range }, sources, chosen));
  }
  return variables;
}

/** Does any variable ask again when the time range changes? */
export function followsTime(models: VariableModel[]): boolean {
  return models.some((model) => model.refresh === 2);
}

export function optionLabels(variable: Variable, sources: DataSourceSummary[]): Array<{ value: string; label: string }> {
  const labels = names(variable.type, variable.options, sources);
  return variable.options.map((value, index) => ({ value, label: labels[index] }));
}

