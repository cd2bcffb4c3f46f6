import { css } from '@emotion/css';
import { ThemeContext } from '@grafana/data';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import { lazy, Suspense, useEffect, useState } from 'react';

import { ThemeSwitchProvider, useChosenTheme } from './theme';

const loadDashboardPage = () => import('../pages/DashboardPage');
const DashboardPage = lazy(loadDashboardPage);
const DashboardsPage = lazy(() => import('../pages/DashboardsPage'));
const LoginPage = lazy(() => import('../pages/LoginPage'));

/** Fetch the code of the page that the address asks for before anything else is ready. */
export function loadAhead(): void {
  if (location.pathname.startsWith('/d/')) {
    loadDashboardPage();
    import('../viz/values');
    import('../viz/TimeSeriesViz');
    import('../viz/HeatmapViz');
    import('../viz/TableViz');
  }
}

/** The address, and following links inside this application without loading it anew. */
function useAddress(): string {
  const [address, setAddress] = useState(location.href);
  useEffect(() => {
    const onClick = (event: MouseEvent) => {
      const anchor = (event.target as Element).closest?.('a');
      const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.defaultPrevented;
      if (!anchor?.href || !plain || (anchor.target && anchor.target !== '_self') || anchor.dataset.reload || anchor.origin !== location.origin) {
        return;
      }
      event.preventDefault();
      history.pushState(null, '', anchor.href);
      setAddress(anchor.href);
      window.scrollTo(0, 0);
    };
    const onBack = () => setAddress(location.href);
    document.addEventListener('click', onClick);
    window.addEventListener('popstate', onBack);
    return () => {
      document.removeEventListener('click', onClick);
      window.removeEventListener('popstate', onBack);
    };
  }, []);
  return address;
}

function Page({ address }: { address: string }) {
  const path = new URL(address).pathname;
  const board = path.match(/^\/d\/([^/]+)/);
  if (board) {
    // A link to the same dashboard with other variables is another page.
    return <DashboardPage key={address} uid={board[1]} />;
  }
  return path === '/login' ? <LoginPage /> : <DashboardsPage />;
}

export function App({ defaultTheme }: { defaultTheme: string }) {
  const { theme, toggle } = useChosenTheme(defaultTheme);
  const address = useAddress();
  const band = css({
    padding: '2px 16px',
    fontSize: 12,
    lineHeight: '18px',
    color: theme.colors.warning.contrastText,
    background: theme.colors.warning.main,
  });
  return (
    <ThemeContext.Provider value={theme}>
      <ThemeSwitchProvider value={toggle}>
        <GlobalStyles />
        <div className={band} role="note" data-testid="band">
          Stand-in, not Grafana: this lab has none. It draws the same dashboards with Grafana’s own front-end libraries.
        </div>
        <Suspense fallback={null}>
          <Page address={address} />
        </Suspense>
        <PortalContainer />
      </ThemeSwitchProvider>
    </ThemeContext.Provider>
  );
}
