import { css } from '@emotion/css';
import { type DataFrame, dateTimeFormat, type Field, FieldType, formattedValueToString, type GrafanaTheme2, type LinkModel } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

interface Props {
  frame: DataFrame;
  dataIdxs: Array<number | null>;
  seriesIdx: number | null;
  single: boolean;
  sort?: string;
  timeZone: string;
  links: LinkModel[];
}

interface Row {
  field: Field;
  value: number;
  index: number;
}

function rowsOf({ frame, dataIdxs, seriesIdx, single, sort }: Props): Row[] {
  const rows = frame.fields.flatMap((field, index): Row[] => {
    const at = dataIdxs[index];
    const hidden = field.config.custom?.hideFrom?.tooltip;
    if (field.type !== FieldType.number || hidden || at === null || at === undefined || (single && index !== seriesIdx)) {
      return [];
    }
    const value = field.values[at];
    return value === null || value === undefined ? [] : [{ field, value, index }];
  });
  const direction = sort === 'desc' ? -1 : 1;
  return sort === 'asc' || sort === 'desc' ? rows.sort((a, b) => direction * (a.value - b.value)) : rows;
}

/** Time, then each series with its colour and value; its links once the tooltip is pinned by a click. */
export function SeriesTooltip(props: Props) {
  const styles = useStyles2(getStyles);
  const times = props.frame.fields[0];
  const at = props.dataIdxs.find((one) => one !== null && one !== undefined) ?? null;
  const rows = rowsOf(props);
  if (at === null || !rows.length) {
    return null;
  }
  return (
    <div className={styles.box}>
      <div className={styles.time}>{dateTimeFormat(times.values[at], { timeZone: props.timeZone })}</div>
      {rows.map(({ field, value, index }) => {
        const shown = field.display!(value);
        return (
          <div key={index} className={index === props.seriesIdx ? styles.chosen : styles.row}>
            <span className={styles.mark} style={{ background: shown.color }} />
            <span className={styles.name}>{field.state?.displayName ?? field.name}</span>
            <span className={styles.value}>{formattedValueToString(shown)}</span>
          </div>
        );
      })}
      {props.links.map((link) => (
        <a key={link.href} className={styles.link} href={link.href} target={link.target}>
          {link.title}
        </a>
      ))}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const row = css({ display: 'flex', alignItems: 'center', gap: 8, color: theme.colors.text.secondary, minWidth: 0 });
  return {
    box: css({ padding: theme.spacing(1), fontSize: theme.typography.bodySmall.fontSize, minWidth: 160, maxWidth: 400 }),
    time: css({ marginBottom: 4, fontWeight: theme.typography.fontWeightMedium }),
    row,
    chosen: css(row, { color: theme.colors.text.primary, fontWeight: theme.typography.fontWeightMedium }),
    mark: css({ width: 14, height: 4, borderRadius: 2, flexShrink: 0 }),
    name: css({ flex: 1, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
    value: css({ whiteSpace: 'nowrap' }),
    link: css({ display: 'block', marginTop: 6, color: theme.colors.text.link, textDecoration: 'underline' }),
  };
};
