import type { DataFrame, GrafanaTheme2, TimeRange } from '@grafana/data';
import { LoadingState } from '@grafana/data';
import type { Panel } from '@grafana/schema';
import { useEffect, useMemo, useRef, useState } from 'react';

import type { DataSourceSummary } from '../api/types';
import type { Scope } from '../dashboard/interpolate';
import { prepare, type Prepared } from './pipeline';
import { fetchPanel, type PanelData, panelRange } from './query';

export interface PanelState {
  loading: LoadingState;
  errors: string[];
  notices: string[];
  prepared: Prepared | null;
  note: string;
  /** The time range of what is drawn now. */
  range: TimeRange;
}

export interface PanelInput {
  panel: Panel;
  scope: Scope;
  sources: DataSourceSummary[];
  tick: number;
  width: number;
  theme: GrafanaTheme2;
  timeZone: string;
}

const NOTHING: PanelData = { frames: [], errors: [], notices: [] };

/** Keeps a panel's data fresh: asks again on every tick or change, shows what it had meanwhile. `shown`: the only series to draw. */
export function usePanel(input: PanelInput, shown: string[] | null): PanelState {
  const { panel, sources, tick, theme, timeZone } = input;
  const [data, setData] = useState<(PanelData & { range: TimeRange }) | null>(null);
  const [busy, setBusy] = useState(true);
  const [prepared, setPrepared] = useState<Prepared | null>(null);
  const [broken, setBroken] = useState<string | null>(null);
  const own = useMemo(() => {
    const { range, note } = panelRange(panel, input.scope.range);
    return { scope: { ...input.scope, range }, note };
  }, [panel, input.scope]);
  const frames: DataFrame[] | undefined = data?.frames;
  // A resize must not ask again, but the next question should know the width.
  const width = useRef(input.width);
  width.current = input.width;

  useEffect(() => {
    const controller = new AbortController();
    setBusy(true);
    fetchPanel(panel, own.scope, sources, width.current, controller.signal)
      .catch((problem): PanelData => ({ ...NOTHING, errors: [String(problem)] }))
      .then((result) => {
        if (!controller.signal.aborted) {
          setData({ ...result, range: own.scope.range });
          setBusy(false);
        }
      });
    return () => controller.abort();
  }, [panel, own.scope, sources, tick]);

  useEffect(() => {
    let stale = false;
    if (frames) {
      prepare(panel, frames, shown, { scope: own.scope, theme, timeZone })
        .then((result) => !stale && (setPrepared(result), setBroken(null)))
        .catch((problem) => !stale && setBroken(problem instanceof Error ? problem.message : String(problem)));
    }
    return () => {
      stale = true;
    };
    // The scope changes with every refresh and always brings new frames.
  }, [panel, frames, shown, theme, timeZone]);

  const errors = [...(data?.errors ?? []), ...(broken ? [broken] : [])];
  const loading = busy ? LoadingState.Loading : errors.length ? LoadingState.Error : LoadingState.Done;
  return { loading, errors, notices: data?.notices ?? [], prepared, note: own.note, range: data?.range ?? own.scope.range };
}
