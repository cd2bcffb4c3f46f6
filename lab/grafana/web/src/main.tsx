import { initPluginTranslations } from '@grafana/i18n';
import { createRoot } from 'react-dom/client';

import { App, loadAhead } from './app/App';

declare global {
  interface Window {
    __grafana_public_path__?: string;
  }
}

// Where @grafana/ui fetches its icons.
window.__grafana_public_path__ = '/public/';

async function start() {
  // Charts measure text: without the font their axes would be cut.
  const fonts = ['400', '500'].map((weight) => document.fonts.load(`${weight} 12px Inter`));
  await Promise.all([...fonts, initPluginTranslations('grafana-standin')]);
  createRoot(document.getElementById('root')!).render(<App defaultTheme="dark" />);
}

loadAhead();
start();
