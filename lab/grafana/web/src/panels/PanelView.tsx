/** One panel: its frame, its data, and what is said when there is nothing to draw. */

import { css } from '@emotion/css';
import { type DataFrame, type GrafanaTheme2, LoadingState } from '@grafana/data';
import type { DashboardLink, Panel } from '@grafana/schema';
import { Dropdown, Icon, Menu, PanelChrome, Tooltip, useStyles2, useTheme2 } from '@grafana/ui';
import { Component, lazy, type ReactNode, Suspense, useMemo, useState } from 'react';

import type { DataSourceSummary } from '../api/types';
import { interpolate, type Scope } from '../dashboard/interpolate';
import { hasLines } from '../viz/LogsViz';
import { hasSeries } from '../viz/TimeSeriesViz';
import type { VizProps } from '../viz/types';
import { DRAWN, KNOWN } from './defaults';
import { SeriesContext } from './SeriesContext';
import { type PanelState, usePanel } from './usePanel';

const VIZ: Record<string, React.ComponentType<VizProps>> = {
  timeseries: lazy(() => import('../viz/TimeSeriesViz')),
  stat: lazy(() => import('../viz/values').then((module) => ({ default: module.StatViz }))),
  bargauge: lazy(() => import('../viz/values').then((module) => ({ default: module.BarGaugeViz }))),
  gauge: lazy(() => import('../viz/values').then((module) => ({ default: module.GaugeViz }))),
  table: lazy(() => import('../viz/TableViz')),
  text: lazy(() => import('../viz/TextViz')),
  heatmap: lazy(() => import('../viz/HeatmapViz')),
  logs: lazy(() => import('../viz/LogsViz')),
};

interface Props {
  panel: Panel;
  scope: Scope;
  sources: DataSourceSummary[];
  tick: number;
  width: number;
  height: number;
  timeZone: string;
  onZoom: (from: number, to: number) => void;
  onView: (panel: Panel) => void;
  viewed: boolean;
}

/** Why a panel of this kind can't be drawn here; null if it can. */
function undrawable(panel: Panel): string | null {
  if (!KNOWN.includes(panel.type)) {
    return `Panel plugin not found: ${panel.type}`;
  }
  if (!DRAWN.includes(panel.type)) {
    return `This stand-in can't draw panels of type “${panel.type}”; Grafana can.`;
  }
  if (panel.type === 'heatmap' && (panel.options as { calculate?: boolean } | undefined)?.calculate) {
    return "This stand-in can't calculate a heatmap's buckets from series; Grafana can.";
  }
  return null;
}

function isEmpty(panel: Panel, frames: DataFrame[]): boolean {
  switch (panel.type) {
    case 'text':
      return false;
    case 'timeseries':
      return !hasSeries(frames);
    case 'logs':
      return !hasLines(frames);
    default:
      return !frames.some((frame) => frame.length > 0);
  }
}

class Fence extends Component<{ children: ReactNode }, { problem: Error | null }> {
  state = { problem: null as Error | null };

  static getDerivedStateFromError(problem: Error) {
    return { problem };
  }

  render() {
    return this.state.problem ? <Note text={`An unexpected error happened: ${this.state.problem.message}`} kind="error" /> : this.props.children;
  }
}

function Note({ text, kind }: { text: string; kind: 'no-data' | 'error' | 'undrawable' }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.note} data-testid={`note-${kind}`}>
      {text}
    </div>
  );
}

function Body({ state, ...props }: Omit<VizProps, 'prepared' | 'range'> & { state: PanelState }) {
  const { prepared, errors } = state;
  const problem = undrawable(props.panel);
  if (problem) {
    return <Note text={problem} kind="undrawable" />;
  }
  if (!prepared) {
    return errors.length ? <Note text={errors.join('\n')} kind="error" /> : null;
  }
  if (isEmpty(props.panel, prepared.data)) {
    return errors.length ? <Note text={errors.join('\n')} kind="error" /> : <Note text={prepared.fieldConfig.defaults.noValue ?? 'No data'} kind="no-data" />;
  }
  const Viz = VIZ[props.panel.type];
  return (
    <Suspense fallback={<span data-testid="loading-code" />}>
      <Viz {...props} prepared={prepared} range={state.range} />
    </Suspense>
  );
}

function PanelLinks({ panel, scope }: { panel: Panel; scope: Scope }) {
  const links = (panel.links ?? []) as DashboardLink[];
  if (!links.length) {
    return null;
  }
  const menu = (
    <Menu>
      {links.map((link) => (
        <Menu.Item key={link.title} label={interpolate(link.title, scope)} url={interpolate(link.url, scope)} target={link.targetBlank ? '_blank' : '_self'} />
      ))}
    </Menu>
  );
  return (
    <Dropdown overlay={menu}>
      <button style={{ all: 'unset', cursor: 'pointer', padding: 4 }} aria-label="Panel links">
        <Icon name="external-link-alt" />
      </button>
    </Dropdown>
  );
}

export function PanelView(props: Props) {
  const { panel, scope, timeZone } = props;
  const theme = useTheme2();
  const [shown, setShown] = useState<string[] | null>(null);
  const state = usePanel({ ...props, theme }, shown);
  const title = interpolate(panel.title, scope, {}, 'text');
  const menu = useMemo(
    () => (
      <Menu>
        <Menu.Item label={props.viewed ? 'Back to dashboard' : 'View'} icon="eye" onClick={() => props.onView(panel)} />
      </Menu>
    ),
    [panel, props.viewed, props.onView]
  );
  const aside = (
    <>
      {state.note && (
        <Tooltip content="This panel has a time range of its own">
          <span style={{ fontSize: 12, color: theme.colors.text.secondary, whiteSpace: 'nowrap' }}>{state.note}</span>
        </Tooltip>
      )}
      <PanelLinks panel={panel} scope={scope} />
    </>
  );
  const kind = state.errors.length ? 'error' : state.prepared ? 'done' : 'waiting';
  return (
    <section data-testid="panel" data-panel-id={panel.id} data-panel-type={panel.type} data-state={kind} data-busy={state.loading === LoadingState.Loading} aria-label={title} style={{ height: '100%' }}>
      <SeriesContext shown={shown} setShown={setShown} prepared={state.prepared}>
        <PanelChrome
          title={title}
          description={panel.description ? () => interpolate(panel.description, scope) : undefined}
          width={props.width}
          height={props.height}
          displayMode={panel.transparent ? 'transparent' : 'default'}
          loadingState={state.loading}
          statusMessage={state.errors.join('\n') || state.notices.join('\n') || undefined}
          titleItems={aside}
          menu={menu}
          hoverHeader={!title}
          padding={panel.type === 'table' ? 'none' : 'md'}
        >
          {(width, height) => (
            <Fence>
              <Body panel={panel} state={state} width={width} height={height} timeZone={timeZone} theme={theme} onZoom={props.onZoom} />
            </Fence>
          )}
        </PanelChrome>
      </SeriesContext>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  note: css({
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'center',
    height: '100%',
    padding: theme.spacing(1),
    overflow: 'auto',
    whiteSpace: 'pre-line',
    overflowWrap: 'anywhere',
    textAlign: 'center',
    color: theme.colors.text.secondary,
  }),
});
