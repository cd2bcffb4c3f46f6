import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Icon, Input, TagList, useStyles2 } from '@grafana/ui';
import { useEffect, useState } from 'react';

import { get } from '../api/client';
import type { SearchHit } from '../api/types';
import { TopBar } from '../app/TopBar';

export default function DashboardsPage() {
  const styles = useStyles2(getStyles);
  const [hits, setHits] = useState<SearchHit[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [text, setText] = useState('');

  useEffect(() => {
    document.title = 'Dashboards - Stand-in for Grafana';
    get<SearchHit[]>('/api/search?type=dash-db').then(setHits, (problem) => setError(problem.message));
  }, []);

  const shown = (hits ?? []).filter((hit) => hit.title.toLowerCase().includes(text.toLowerCase()));
  return (
    <>
      <TopBar trail={[{ title: 'Dashboards' }]} />
      <main className={styles.page}>
        <h1>Dashboards</h1>
        {error && <Alert title="The list could not be loaded">{error}</Alert>}
        <Input prefix={<Icon name="search" />} placeholder="Search for dashboards" aria-label="Search for dashboards" value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <ul className={styles.list} data-testid="dashboards">
          {shown.map((hit) => (
            <li key={hit.uid}>
              <a href={hit.url} className={styles.item}>
                <Icon name="apps" />
                <span className={styles.title}>{hit.title}</span>
                {hit.folderTitle && <span className={styles.folder}>{hit.folderTitle}</span>}
                <TagList tags={hit.tags} className={styles.tags} />
              </a>
            </li>
          ))}
        </ul>
        {hits && !shown.length && <p className={styles.none}>No dashboards{text ? ` called “${text}”` : ' are provisioned'}.</p>}
      </main>
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ maxWidth: 900, margin: '0 auto', padding: theme.spacing(3, 2) }),
  list: css({ listStyle: 'none', margin: theme.spacing(2, 0), border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default }),
  item: css({
    display: 'flex',
    alignItems: 'center',
    gap: 12,
    padding: theme.spacing(1.5, 2),
    background: theme.colors.background.primary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
    '&:hover': { background: theme.colors.background.secondary },
  }),
  title: css({ fontWeight: theme.typography.fontWeightMedium }),
  folder: css({ color: theme.colors.text.secondary }),
  tags: css({ marginLeft: 'auto', flex: '0 1 auto' }),
  none: css({ color: theme.colors.text.secondary }),
});
