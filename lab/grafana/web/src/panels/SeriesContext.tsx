/** Lets legends show and hide series, and panels share a crosshair. */

import { EventBusSrv, getFieldDisplayName } from '@grafana/data';
import { DashboardCursorSync } from '@grafana/schema';
import { type PanelContext, PanelContextProvider } from '@grafana/ui';
import { type ReactNode, useMemo } from 'react';

import type { Prepared } from './pipeline';

const bus = new EventBusSrv();

interface Props {
  shown: string[] | null;
  setShown: (shown: string[] | null) => void;
  prepared: Prepared | null;
  children: ReactNode;
}

function allNames(prepared: Prepared | null): string[] {
  const data = prepared?.data ?? [];
  return data.flatMap((frame) => frame.fields.filter((field) => field.type === 'number').map((field) => getFieldDisplayName(field, frame, data)));
}

/** What is shown after a click on a name: it alone, or everything again; with a modifier key it is added or taken away. */
function toggled(name: string, add: boolean, shown: string[] | null, all: string[]): string[] | null {
  if (!add) {
    return shown?.length === 1 && shown[0] === name ? null : [name];
  }
  const now = shown ?? all;
  const next = now.includes(name) ? now.filter((one) => one !== name) : [...now, name];
  return next.length === all.length ? null : next;
}

export function SeriesContext({ shown, setShown, prepared, children }: Props) {
  const context = useMemo<PanelContext>(
    () => ({
      eventBus: bus,
      eventsScope: 'dashboard',
      sync: () => DashboardCursorSync.Crosshair,
      onToggleSeriesVisibility: (label, mode) => {
        const name = Array.isArray(label) ? label[0] : label;
        if (name) {
          setShown(toggled(name, String(mode) === 'append', shown, allNames(prepared)));
        }
      },
    }),
    [shown, setShown, prepared]
  );
  return <PanelContextProvider value={context}>{children}</PanelContextProvider>;
}
