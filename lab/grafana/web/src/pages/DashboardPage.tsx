import { css } from '@emotion/css';
import { dateTime, type GrafanaTheme2 } from '@grafana/data';
import { Alert, useStyles2 } from '@grafana/ui';
import { useEffect, useState } from 'react';

import { get } from '../api/client';
import type { SearchHit } from '../api/types';
import { TopBar } from '../app/TopBar';
import { readAddress } from '../dashboard/address';
import { Links, Times, Variables } from '../dashboard/Controls';
import { Grid } from '../dashboard/Grid';
import { useDashboard } from '../dashboard/useDashboard';

/** Dashboards to link to by tag: asked only if a link needs them. */
function useBoards(wanted: boolean): SearchHit[] {
  const [boards, setBoards] = useState<SearchHit[]>([]);
  useEffect(() => {
    if (wanted) {
      get<SearchHit[]>('/api/search?type=dash-db').then(setBoards, () => setBoards([]));
    }
  }, [wanted]);
  return boards;
}

export default function DashboardPage({ uid }: { uid: string }) {
  const styles = useStyles2(getStyles);
  const { live, error } = useDashboard(uid);
  const { kiosk, viewPanel } = readAddress(location.search);
  const [viewed, setViewed] = useState<number | null>(viewPanel);
  const board = live?.answer.dashboard;
  const links = board?.links ?? [];
  const boards = useBoards(links.some((link) => link.type === 'dashboards'));

  useEffect(() => {
    document.title = `${board?.title ?? 'Dashboard'} - Stand-in for Grafana`;
  }, [board?.title]);

  if (error) {
    return (
      <>
        <TopBar trail={[{ title: 'Dashboards', url: '/dashboards' }]} />
        <main className={styles.page}>
          <Alert title="The dashboard could not be loaded" severity="error">
            {error}
          </Alert>
        </main>
      </>
    );
  }
  const view = (id: number | null) => {
    const params = new URLSearchParams(location.search);
    if (id === null) {
      params.delete('viewPanel');
    } else {
      params.set('viewPanel', String(id));
    }
    history.replaceState(history.state, '', `${location.pathname}?${params}`);
    setViewed(id);
  };
  return (
    <>
      {!kiosk && (
        <TopBar trail={[{ title: 'Dashboards', url: '/dashboards' }, { title: board?.title ?? '…' }]}>
          {live && (
            <div className={styles.times}>
              <Times
                range={live.range}
                timeZone={live.timeZone}
                refresh={live.refresh}
                onRange={live.setRange}
                onRefresh={live.refreshNow}
                onInterval={live.setRefresh}
              />
            </div>
          )}
        </TopBar>
      )}
      <main className={styles.page} data-testid="dashboard" data-ready={Boolean(live)}>
        {live && (
          <>
            <div className={styles.controls} data-testid="controls">
              <Variables variables={live.variables} sources={live.sources} onChange={live.setVariable} />
              <span className={styles.spread} />
              <Links links={links} boards={boards} scope={live.scope} />
            </div>
            <Grid
              panels={board!.panels ?? []}
              viewed={viewed}
              scope={live.scope}
              sources={live.sources}
              tick={live.tick}
              timeZone={live.timeZone}
              onZoom={(from, to) => {
                const raw = { from: dateTime(from), to: dateTime(to) };
                live.setRange({ ...raw, raw });
              }}
              onView={view}
            />
          </>
        )}
      </main>
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ padding: theme.spacing(2), [theme.breakpoints.down('md')]: { padding: theme.spacing(1) } }),
  controls: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 8, marginBottom: theme.spacing(2) }),
  spread: css({ flex: 1 }),
  times: css({ display: 'flex', gap: 8, flexWrap: 'wrap' }),
});
