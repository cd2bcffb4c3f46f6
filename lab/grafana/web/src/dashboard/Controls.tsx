/** The line above the panels: variables, links, time range, refresh. */

import { css } from '@emotion/css';
import { dateTime, type GrafanaTheme2, rangeUtil, type TimeRange } from '@grafana/data';
import type { DashboardLink } from '@grafana/schema';
import { defaultIntervals, Icon, type IconName, Input, MultiSelect, RefreshPicker, Select, TimeRangePicker, Tooltip, useStyles2 } from '@grafana/ui';

import type { DataSourceSummary, SearchHit } from '../api/types';
import { ALL, interpolate, type Scope, timeParams } from './interpolate';
import { optionLabels, type Variable } from './variables';

interface VariablesProps {
  variables: Variable[];
  sources: DataSourceSummary[];
  onChange: (name: string, value: string | string[]) => void;
}

/** Choosing All drops the others; choosing another drops All; nothing chosen means All where there is one. */
function afterChoice(variable: Variable, values: string[]): string[] {
  const added = values.filter((value) => !variable.value.includes(value));
  if (added.includes(ALL) || (values.length === 0 && variable.includeAll)) {
    return [ALL];
  }
  const rest = values.filter((value) => value !== ALL);
  return rest.length ? rest : (variable.value as string[]);
}

export function Variables({ variables, sources, onChange }: VariablesProps) {
  const styles = useStyles2(getStyles);
  return (
    <>
      {variables
        .filter((variable) => !variable.hidden && variable.type !== 'constant')
        .map((variable) => {
          const options = [...(variable.includeAll ? [{ value: ALL, label: 'All' }] : []), ...optionLabels(variable, sources)];
          const id = `var-${variable.name}`;
          return (
            <div key={variable.name} className={styles.variable} data-testid={id}>
              <label className={styles.label} htmlFor={id}>
                {variable.label}
                {variable.error && (
                  <Tooltip content={variable.error}>
                    <Icon name="exclamation-triangle" className={styles.error} data-testid={`${id}-error`} />
                  </Tooltip>
                )}
              </label>
              {variable.type === 'textbox' ? (
                <Input id={id} defaultValue={String(variable.value)} width={20} onBlur={(event) => onChange(variable.name, event.currentTarget.value)} />
              ) : variable.multi ? (
                <MultiSelect
                  inputId={id}
                  aria-label={variable.label}
                  width="auto"
                  options={options}
                  value={variable.value as string[]}
                  closeMenuOnSelect={false}
                  isClearable={false}
                  maxVisibleValues={3}
                  noOptionsMessage="No options found"
                  onChange={(chosen) => onChange(variable.name, afterChoice(variable, chosen.map((one) => one.value!)))}
                />
              ) : (
                <Select
                  inputId={id}
                  aria-label={variable.label}
                  width="auto"
                  options={options}
                  value={variable.value as string}
                  noOptionsMessage="No options found"
                  onChange={(chosen) => onChange(variable.name, chosen.value!)}
                />
              )}
            </div>
          );
        })}
    </>
  );
}

/** A dashboard link's address, with the time range and the variables where it asks for them. */
function address(link: DashboardLink, url: string, scope: Scope): string {
  const [path, search = ''] = interpolate(url, scope).split('?');
  const params = new URLSearchParams(search);
  if (link.keepTime) {
    timeParams(scope.range).forEach((value, key) => params.set(key, value));
  }
  if (link.includeVars) {
    for (const variable of scope.variables) {
      for (const value of Array.isArray(variable.value) ? variable.value : [variable.value]) {
        params.append(`var-${variable.name}`, value);
      }
    }
  }
  return params.size ? `${path}?${params}` : path;
}

export function Links({ links, boards, scope }: { links: DashboardLink[]; boards: SearchHit[]; scope: Scope }) {
  const styles = useStyles2(getStyles);
  const all = links.flatMap((link) =>
    link.type === 'dashboards'
      ? boards.filter((board) => link.tags.every((tag) => board.tags.includes(tag))).map((board) => ({ link, title: board.title, url: board.url }))
      : [{ link, title: interpolate(link.title, scope), url: link.url ?? '' }]
  );
  return (
    <nav className={styles.links} data-testid="links" aria-label="Dashboard links">
      {all.map(({ link, title, url }) => (
        <a key={title + url} className={styles.link} href={address(link, url, scope)} target={link.targetBlank ? '_blank' : undefined} title={link.tooltip || undefined} rel="noreferrer">
          <Icon name={(link.icon === 'dashboard' ? 'apps' : 'external-link-alt') as IconName} size="sm" />
          {title}
        </a>
      ))}
    </nav>
  );
}

interface TimeProps {
  range: TimeRange;
  timeZone: string;
  refresh: string;
  onRange: (range: TimeRange) => void;
  onRefresh: () => void;
  onInterval: (interval: string) => void;
}

/** The same length of time, moved or stretched about its middle. */
function moved(range: TimeRange, by: number, stretch = 1): TimeRange {
  const length = range.to.valueOf() - range.from.valueOf();
  const middle = (range.to.valueOf() + range.from.valueOf()) / 2 + by * length;
  const from = dateTime(middle - (length * stretch) / 2);
  const to = dateTime(middle + (length * stretch) / 2);
  return { from, to, raw: { from, to } };
}

export function Times({ range, timeZone, refresh, onRange, onRefresh, onInterval }: TimeProps) {
  return (
    <>
      <TimeRangePicker
        value={range}
        timeZone={timeZone}
        onChange={(chosen) => onRange(rangeUtil.isRelativeTimeRange(chosen.raw) ? rangeUtil.convertRawToRange(chosen.raw, timeZone) : chosen)}
        onChangeTimeZone={() => {}}
        onMoveBackward={() => onRange(moved(range, -0.5))}
        onMoveForward={() => onRange(moved(range, 0.5))}
        onZoom={() => onRange(moved(range, 0, 2))}
        isOnCanvas
      />
      <RefreshPicker value={refresh} intervals={defaultIntervals} onRefresh={onRefresh} onIntervalChanged={onInterval} isOnCanvas />
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  variable: css({ display: 'flex', minWidth: 0 }),
  label: css({
    display: 'flex',
    alignItems: 'center',
    gap: 4,
    height: 32,
    padding: theme.spacing(0, 1),
    whiteSpace: 'nowrap',
    fontSize: theme.typography.bodySmall.fontSize,
    fontWeight: theme.typography.fontWeightMedium,
    background: theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRight: 'none',
    borderRadius: `${theme.shape.radius.default} 0 0 ${theme.shape.radius.default}`,
  }),
  error: css({ color: theme.colors.error.text }),
  links: css({ display: 'flex', flexWrap: 'wrap' }),
  link: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: 6,
    height: 32,
    padding: theme.spacing(0, 1),
    fontSize: theme.typography.bodySmall.fontSize,
    color: theme.colors.text.secondary,
    '&:hover': { color: theme.colors.text.primary, textDecoration: 'underline' },
  }),
});
