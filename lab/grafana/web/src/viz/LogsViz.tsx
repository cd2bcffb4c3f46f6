/** Log lines: @grafana/ui publishes no such component. Newest first, level by colour, labels on a click. */

import { css } from '@emotion/css';
import { type DataFrame, dateTimeFormat, FieldType, type GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { useState } from 'react';

import type { VizProps } from './types';

interface Line {
  id: string;
  at: number;
  text: string;
  labels: Record<string, string>;
}

const LEVELS: Array<[RegExp, string]> = [
  [/^(emerg|alert|crit|fatal)/, 'purple'],
  [/^err/, 'red'],
  [/^warn/, 'yellow'],
  [/^(info|notice|information)/, 'green'],
  [/^(debug|dbg)/, 'blue'],
  [/^trace/, 'light-blue'],
];

function linesOf(frames: DataFrame[]): Line[] {
  return frames.flatMap((frame) => {
    const times = frame.fields.find((field) => field.type === FieldType.time);
    const texts = frame.fields.find((field) => field.type === FieldType.string);
    const labels = frame.fields.find((field) => field.type === FieldType.other);
    const ids = frame.fields.find((field) => field.name === 'id');
    if (!times || !texts) {
      return [];
    }
    return times.values.map((at, index) => ({
      id: String(ids?.values[index] ?? index),
      at,
      text: String(texts.values[index] ?? ''),
      labels: (labels?.values[index] ?? texts.labels ?? {}) as Record<string, string>,
    }));
  });
}

function colour(line: Line, theme: GrafanaTheme2): string {
  const level = (line.labels.level ?? line.labels.detected_level ?? line.labels.severity_text ?? '').toLowerCase();
  const name = LEVELS.find(([pattern]) => pattern.test(level))?.[1];
  return name ? theme.visualization.getColorByName(name) : theme.colors.border.medium;
}

/** What a terminal would have done with them is noise here. */
const plain = (text: string) => text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');

export function hasLines(frames: DataFrame[]): boolean {
  return linesOf(frames).length > 0;
}

export default function LogsViz({ prepared, timeZone, theme }: VizProps) {
  const styles = useStyles2(getStyles);
  const [open, setOpen] = useState<string | null>(null);
  const { options } = prepared;
  const direction = options.sortOrder === 'Ascending' ? 1 : -1;
  const lines = linesOf(prepared.data).sort((a, b) => direction * (a.at - b.at));
  return (
    <div className={styles.list} tabIndex={0}>
      {lines.map((line) => (
        <div key={line.id} className={styles.line}>
          <span className={styles.level} style={{ background: colour(line, theme) }} />
          <button className={options.wrapLogMessage ? styles.wrapped : styles.text} onClick={() => setOpen(open === line.id ? null : line.id)}>
            {options.showTime && <span className={styles.time}>{dateTimeFormat(line.at, { timeZone, format: 'YYYY-MM-DD HH:mm:ss.SSS' })}</span>}
            {options.showLabels && <span className={styles.time}>{Object.values(line.labels).join(' ')}</span>}
            {plain(line.text)}
          </button>
          {open === line.id && options.enableLogDetails && (
            <dl className={styles.labels}>
              {Object.entries(line.labels).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          )}
        </div>
      ))}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const text = css({
    all: 'unset',
    cursor: 'pointer',
    flex: 1,
    minWidth: 0,
    whiteSpace: 'pre',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}` },
  });
  return {
    list: css({ height: '100%', overflow: 'auto', fontFamily: theme.typography.fontFamilyMonospace, fontSize: 12, lineHeight: 1.5 }),
    line: css({ display: 'flex', flexWrap: 'wrap', gap: 8, padding: '1px 4px', '&:hover': { background: theme.colors.action.hover } }),
    level: css({ width: 3, borderRadius: 2, flexShrink: 0 }),
    text,
    wrapped: css(text, { whiteSpace: 'pre-wrap', wordBreak: 'break-word' }),
    time: css({ color: theme.colors.text.secondary, marginRight: 8 }),
    labels: css({
      flexBasis: '100%',
      margin: '4px 0 8px 11px',
      '& > div': { display: 'flex', gap: 12 },
      dt: { minWidth: 140, color: theme.colors.text.secondary },
      dd: { margin: 0, wordBreak: 'break-word' },
    }),
  };
};
