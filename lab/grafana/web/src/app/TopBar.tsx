import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, IconButton, useStyles2, useTheme2 } from '@grafana/ui';

import { useThemeSwitch } from './theme';

/** Where one is, and the way out. */
export function TopBar({ trail }: { trail: Array<{ title: string; url?: string }> }) {
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
    height: 40,
    padding: theme.spacing(0, 2),
    background: theme.colors.background.primary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
    whiteSpace: 'nowrap',
  }),
  trail: css({ display: 'flex', alignItems: 'center', flex: 1, minWidth: 0 }),
  step: css({ display: 'flex', alignItems: 'center', minWidth: 0 }),
  crumb: css({ color: theme.colors.text.secondary, '&:hover': { textDecoration: 'underline' } }),
  here: css({ fontWeight: theme.typography.fontWeightMedium, overflow: 'hidden', textOverflow: 'ellipsis' }),
});
