import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, IconButton, useStyles2, useTheme2 } from '@grafana/ui';
import type { ReactNode } from 'react';

import { useThemeSwitch } from './theme';

interface Props {
  trail: Array<{ title: string; url?: string }>;
  children?: ReactNode;
}

/** Where one is, what the page adds, and the way out. */
export function TopBar({ trail, children }: Props) {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const toggle = useThemeSwitch();
  return (
    <header className={styles.bar}>
      <nav className={styles.trail} aria-label="Breadcrumbs">
        <a href="/" className={styles.crumb}>
          Home
        </a>
        {trail.map(({ title, url }) => (
          <span key={title} className={styles.step}>
            <Icon name="angle-right" />
            {url ? (
              <a href={url} className={styles.crumb}>
                {title}
              </a>
            ) : (
              <span className={styles.here}>{title}</span>
            )}
          </span>
        ))}
      </nav>
      {children}
      <IconButton name="palette" tooltip={theme.isDark ? 'Light theme' : 'Dark theme'} onClick={toggle} />
      <a href="/logout" className={styles.crumb} data-reload="true">
        Sign out
      </a>
    </header>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({
    display: 'flex',
    alignItems: 'center',
    gap: 12,
    flexWrap: 'wrap',
    minHeight: 40,
    padding: theme.spacing(0.5, 2),
    [theme.breakpoints.down('md')]: { padding: theme.spacing(0.5, 1) },
    background: theme.colors.background.primary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
    whiteSpace: 'nowrap',
  }),
  trail: css({ display: 'flex', alignItems: 'center', flex: '1 1 auto', minWidth: 0 }),
  step: css({ display: 'flex', alignItems: 'center', minWidth: 0 }),
  crumb: css({ color: theme.colors.text.secondary, '&:hover': { textDecoration: 'underline' } }),
  here: css({ fontWeight: theme.typography.fontWeightMedium, overflow: 'hidden', textOverflow: 'ellipsis' }),
});
