import type { GrafanaTheme2, TimeRange } from '@grafana/data';
import type { Panel } from '@grafana/schema';

import type { Prepared } from '../panels/pipeline';

/** What every visualization gets. Sizes in pixels. */
export interface VizProps {
  panel: Panel;
  prepared: Prepared;
  width: number;
  height: number;
  range: TimeRange;
  timeZone: string;
  theme: GrafanaTheme2;
  onZoom: (from: number, to: number) => void;
}
