import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import type { Panel, RowPanel } from '@grafana/schema';
import { Icon, useStyles2 } from '@grafana/ui';
import { useState } from 'react';

import type { DataSourceSummary } from '../api/types';
import { PanelView } from '../panels/PanelView';
import { interpolate, type Scope } from './interpolate';
import { arrange, isRow, type Placed, place } from './layout';
import { useWidth } from './useWidth';

interface Props {
  panels: Array<Panel | RowPanel>;
  viewed: number | null;
  scope: Scope;
  sources: DataSourceSummary[];
  tick: number;
  timeZone: string;
  onZoom: (from: number, to: number) => void;
  onView: (id: number | null) => void;
}

export function Grid(props: Props) {
  const styles = useStyles2(getStyles);
  const { ref, width } = useWidth();
  const [folded, setFolded] = useState<Record<number, boolean>>({});
  const { panels, viewed } = props;
  const all = panels.flatMap((panel) => (isRow(panel) ? [panel, ...panel.panels] : [panel]));
  const alone = viewed === null ? undefined : all.find((panel) => panel.id === viewed);
  const { boxes, height } = alone
    ? { boxes: [{ panel: alone, left: 0, top: 0, width, height: Math.max(300, window.innerHeight - 190) }], height: window.innerHeight - 190 }
    : place(arrange(panels, folded), width);
  return (
    <div ref={ref} className={styles.grid} style={{ height }}>
      {width > 0 &&
        boxes.map((box) => (
          <div key={box.panel.id} className={styles.box} style={{ transform: `translate(${box.left}px, ${box.top}px)`, width: box.width, height: box.height }}>
            {isRow(box.panel) ? (
              <RowHeader row={box.panel} scope={props.scope} onFold={(closed) => setFolded({ ...folded, [box.panel.id!]: closed })} />
            ) : (
              <PanelView
                panel={source(all, box)}
                scope={props.scope}
                sources={props.sources}
                tick={props.tick}
                width={box.width}
                height={box.height}
                timeZone={props.timeZone}
                onZoom={props.onZoom}
                onView={(panel) => props.onView(alone ? null : (panel.id ?? null))}
                viewed={Boolean(alone)}
              />
            )}
          </div>
        ))}
    </div>
  );
}

/** The dashboard's own object for a placed copy: it stays the same while the layout changes, so nothing is asked anew. */
function source(all: Array<Panel | RowPanel>, box: Placed): Panel {
  return (all.find((panel) => panel.id === box.panel.id) ?? box.panel) as Panel;
}

function RowHeader({ row, scope, onFold }: { row: RowPanel; scope: Scope; onFold: (closed: boolean) => void }) {
  const styles = useStyles2(getStyles);
  return (
    <button className={styles.row} aria-expanded={!row.collapsed} onClick={() => onFold(!row.collapsed)} data-testid="row">
      <Icon name={row.collapsed ? 'angle-right' : 'angle-down'} />
      {interpolate(row.title ?? '', scope, {}, 'text')}
      {row.collapsed && row.panels.length > 0 && <span className={styles.count}>({row.panels.length} panels)</span>}
    </button>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  grid: css({ position: 'relative' }),
  box: css({ position: 'absolute', top: 0, left: 0 }),
  row: css({
    all: 'unset',
    display: 'flex',
    alignItems: 'center',
    gap: 4,
    height: '100%',
    cursor: 'pointer',
    fontSize: theme.typography.h5.fontSize,
    fontWeight: theme.typography.fontWeightMedium,
    color: theme.colors.text.primary,
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}` },
  }),
  count: css({ color: theme.colors.text.secondary, fontWeight: 'normal' }),
});
