/** Replaces variables in queries, titles, links and file names as Grafana does. */

import type { ScopedVars, TimeRange } from '@grafana/data';

export const ALL = '$__all';

export interface VariableValue {
  name: string;
  type: string;
  value: string | string[];
  text: string | string[];
  multi: boolean;
  includeAll: boolean;
  allValue?: string | null;
  options: string[];
}

export interface Scope {
  variables: VariableValue[];
  range: TimeRange;
}

type Formatter = (value: string | string[], variable: VariableValue | null) => string;

const PATTERN = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:}]+))?(?::([^}]+))?\}/g;

const list = (value: string | string[]) => (Array.isArray(value) ? value : [value]);
const escapeRegex = (value: string) => value.replace(/[-/\\^$*+?.()|[\]{}]/g, '\\$&');
const escapeForPromString = (value: string) => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"');
const escapeForPromRegex = (value: string) => value.replace(/\\/g, '\\\\\\\\').replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&');

/** How Grafana's Prometheus and Loki data sources put variables into queries. */
export const promFormat: Formatter = (value, variable) => {
  if (variable && !variable.multi && !variable.includeAll) {
    return escapeForPromString(list(value).join(','));
  }
  const escaped = list(value).map(escapeForPromRegex);
  return escaped.length === 1 ? escaped[0] : `(${escaped.join('|')})`;
};

const glob: Formatter = (value) => (Array.isArray(value) && value.length > 1 ? `{${value.join(',')}}` : list(value).join(','));

const FORMATS: Record<string, Formatter> = {
  raw: (value) => list(value).join(','),
  text: (value, variable) => list(variable?.text ?? value).join(' + '),
  csv: (value) => list(value).join(','),
  pipe: (value) => list(value).join('|'),
  regex: (value) => {
    const escaped = list(value).map(escapeRegex);
    return escaped.length === 1 ? escaped[0] : `(${escaped.join('|')})`;
  },
  json: (value) => JSON.stringify(value),
  glob,
  singlequote: (value) => list(value).map((one) => `'${one.replace(/'/g, "\\'")}'`).join(','),
  doublequote: (value) => list(value).map((one) => `"${one.replace(/"/g, '\\"')}"`).join(','),
  html: (value) => list(value).join(', ').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`),
  percentencode: (value) => encodeURIComponent(glob(value, null)),
  queryparam: (value, variable) =>
    list(variable && isAll(variable) ? ALL : value).map((one) => `var-${variable?.name}=${encodeURIComponent(one)}`).join('&'),
};

export function isAll(variable: VariableValue): boolean {
  return list(variable.value)[0] === ALL;
}

/** What a variable stands for: `All` is its own value for that, or every option. */
export function effective(variable: VariableValue): string | string[] {
  return isAll(variable) ? variable.allValue || variable.options : variable.value;
}

export function timeParams(range: TimeRange): URLSearchParams {
  const text = (at: unknown) => (typeof at === 'string' ? at : String((at as { valueOf(): number }).valueOf()));
  return new URLSearchParams({ from: text(range.raw.from), to: text(range.raw.to) });
}

function dig(value: unknown, path: string): unknown {
  const parts = path.match(/[^.[\]"']+/g) ?? [];
  return parts.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
}

/** `${__field…}`, `${__series…}`, `${__value…}` and `${__data…}` of a field's link or name. */
function fromField(name: string, path: string | undefined, scoped: ScopedVars): string | undefined {
  const context = scoped.__dataContext?.value as
    | { field: import('@grafana/data').Field; frame: import('@grafana/data').DataFrame; rowIndex?: number; calculatedValue?: { numeric: number; text: string } }
    | undefined;
  if (!context) {
    return undefined;
  }
  const { field, frame, rowIndex, calculatedValue } = context;
  if (name === '__field') {
    const known: Record<string, unknown> = { name: field.state?.displayName ?? field.name, displayName: field.state?.displayName ?? field.name, labels: field.labels ?? {} };
    return String(path ? (dig(known, path) ?? '') : known.name);
  }
  if (name === '__series') {
    return frame.name ?? field.state?.displayName ?? '';
  }
  if (name === '__value') {
    const raw = calculatedValue ? calculatedValue.numeric : rowIndex === undefined ? undefined : field.values[rowIndex];
    if (path === 'time') {
      const time = frame.fields.find((one) => one.type === 'time');
      return rowIndex === undefined ? '' : String(time?.values[rowIndex] ?? '');
    }
    return path === 'text' ? (calculatedValue?.text ?? field.display?.(raw).text ?? String(raw)) : String(raw ?? '');
  }
  const wanted = path?.match(/^fields(?:\.|\[["']?)([^"'\].]+)/)?.[1];
  const other = frame.fields.find((one, index) => one.name === wanted || one.state?.displayName === wanted || String(index) === wanted);
  return rowIndex === undefined ? '' : String(other?.values[rowIndex] ?? '');
}

function builtIn(name: string, format: string | undefined, scope: Scope): string | undefined {
  const { range } = scope;
  switch (name) {
    case '__url_time_range':
      return timeParams(range).toString();
    case '__all_variables':
      return scope.variables.map((variable) => FORMATS.queryparam(variable.value, variable)).join('&');
    case '__from':
    case '__to': {
      const at = name === '__from' ? range.from : range.to;
      return format?.startsWith('date') ? at.toISOString() : String(at.valueOf());
    }
    default:
      return undefined;
  }
}

/** Replace every variable in `text`. What no variable is called stays as it stands: the server knows `$__interval` and its kin. */
export function interpolate(text: string | undefined, scope: Scope, scoped: ScopedVars = {}, format: string | Formatter = 'glob'): string {
  return (text ?? '').replace(PATTERN, (match, plain, bracketed, bracketFormat, braced, path, braceFormat) => {
    const name: string = plain ?? bracketed ?? braced;
    const chosen: string | undefined = braceFormat ?? bracketFormat;
    const given = scoped[name];
    if (given !== undefined && name !== '__dataContext') {
      return String(path ? (dig(given.value, path) ?? '') : (given.value ?? given.text));
    }
    if (['__field', '__series', '__value', '__data'].includes(name)) {
      return fromField(name, path, scoped) ?? match;
    }
    const variable = scope.variables.find((one) => one.name === name);
    if (!variable) {
      return builtIn(name, chosen, scope) ?? match;
    }
    const formatter = chosen ? (FORMATS[chosen.split(':')[0]] ?? FORMATS.raw) : typeof format === 'function' ? format : (FORMATS[format] ?? glob);
    // The value that stands for All is the author's own pattern, not text to escape.
    return isAll(variable) && variable.allValue && chosen !== 'queryparam' && chosen !== 'text'
      ? variable.allValue
      : formatter(effective(variable), variable);
  });
}
