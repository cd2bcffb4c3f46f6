/** Where panels stand: Grafana's 24 columns, rows that fold, one column on a narrow screen. Sizes in pixels. */

import type { Panel, RowPanel } from '@grafana/schema';

export const COLUMNS = 24;
export const CELL = 30;
export const GAP = 8;
export const NARROW = 768;

export interface Placed<T = Panel | RowPanel> {
  panel: T;
  left: number;
  top: number;
  width: number;
  height: number;
}

export const isRow = (panel: Panel | RowPanel): panel is RowPanel => panel.type === 'row';

const pixels = (cells: number) => cells * CELL + (cells - 1) * GAP;
const grid = (panel: Panel | RowPanel) => panel.gridPos ?? { x: 0, y: 0, w: COLUMNS, h: 3 };

/** Panels in reading order with folded rows closed up and opened ones in place. `folded`: rows whose state was changed by hand. */
export function arrange(panels: Array<Panel | RowPanel>, folded: Record<number, boolean>): Array<Panel | RowPanel> {
  const ordered = [...panels].sort((a, b) => grid(a).y - grid(b).y || grid(a).x - grid(b).x);
  const result: Array<Panel | RowPanel> = [];
  let shift = 0;
  let closedFrom: number | null = null;
  for (const panel of ordered) {
    const at = grid(panel);
    if (isRow(panel)) {
      if (closedFrom !== null) {
        shift -= at.y - closedFrom;
        closedFrom = null;
      }
      const closed = folded[panel.id] ?? panel.collapsed;
      const y = at.y + shift;
      result.push({ ...panel, collapsed: closed, gridPos: { ...at, x: 0, w: COLUMNS, h: 1, y } });
      if (closed && !panel.collapsed) {
        closedFrom = at.y + 1;
      }
      if (!closed && panel.collapsed && panel.panels.length) {
        const top = Math.min(...panel.panels.map((one) => grid(one).y));
        const bottom = Math.max(...panel.panels.map((one) => grid(one).y + grid(one).h));
        result.push(...panel.panels.map((one) => ({ ...one, gridPos: { ...grid(one), y: grid(one).y - top + y + 1 } }) as Panel));
        shift += bottom - top;
      }
    } else if (closedFrom === null) {
      result.push({ ...panel, gridPos: { ...at, y: at.y + shift } });
    }
  }
  return result;
}

/** Every panel's box for a container of that width, and the height of all. */
export function place(panels: Array<Panel | RowPanel>, width: number): { boxes: Placed[]; height: number } {
  if (width < NARROW) {
    let top = 0;
    const boxes = panels.map((panel) => {
      const height = pixels(grid(panel).h);
      const box = { panel, left: 0, top, width, height };
      top += height + GAP;
      return box;
    });
    return { boxes, height: top };
  }
  const column = (width - GAP * (COLUMNS - 1)) / COLUMNS;
  const boxes = panels.map((panel) => {
    const { x, y, w, h } = grid(panel);
    return { panel, left: x * (column + GAP), top: y * (CELL + GAP), width: w * column + (w - 1) * GAP, height: pixels(h) };
  });
  return { boxes, height: Math.max(0, ...boxes.map((box) => box.top + box.height)) };
}
