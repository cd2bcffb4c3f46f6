import { createTheme, type GrafanaTheme2 } from '@grafana/data';
import { createContext, useContext, useMemo, useState } from 'react';

type Mode = 'dark' | 'light';

const Switch = createContext<() => void>(() => {});

export const ThemeSwitchProvider = Switch.Provider;
export const useThemeSwitch = () => useContext(Switch);

const valid = (mode: string | null | undefined): mode is Mode => mode === 'dark' || mode === 'light';

/** The theme: what the address says, else what was chosen here before, else the server's default. */
export function useChosenTheme(serverDefault: string): { theme: GrafanaTheme2; toggle: () => void } {
  const asked = new URLSearchParams(location.search).get('theme');
  const kept = localStorage.getItem('theme');
  const [mode, setMode] = useState<Mode>(valid(asked) ? asked : valid(kept) ? kept : valid(serverDefault) ? serverDefault : 'dark');
  const theme = useMemo(() => createTheme({ colors: { mode } }), [mode]);
  document.documentElement.dataset.theme = mode;
  const toggle = () => {
    const next = mode === 'dark' ? 'light' : 'dark';
    localStorage.setItem('theme', next);
    setMode(next);
  };
  return { theme, toggle };
}
