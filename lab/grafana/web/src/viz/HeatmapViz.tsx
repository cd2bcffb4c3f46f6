/** A heatmap: @grafana/ui publishes none. Time across, buckets up, colour for how much. */

import { css } from '@emotion/css';
import { dateTimeFormat, formattedValueToString, getValueFormat, type GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';

import { palette } from './heatmapColors';
import { boundLabel, boundTicks, bucketsOf, extent, timeTicks } from './heatmapModel';
import type { VizProps } from './types';

const AXIS = { left: 56, bottom: 22, legend: 26, top: 8, right: 8 };

export default function HeatmapViz({ prepared, width, height, range, timeZone, theme }: VizProps) {
  const styles = useStyles2(getStyles);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<{ column: number; bucket: number; x: number; y: number } | null>(null);
  const { options } = prepared;
  const buckets = useMemo(() => bucketsOf(prepared.data), [prepared.data]);
  const colours = useMemo(() => palette(options.color ?? {}, theme), [options.color, theme]);
  const above = options.filterValues?.le ?? -Infinity;
  const [low, high] = useMemo(() => (buckets ? extent(buckets.values, above) : [0, 1]), [buckets, above]);
  const [min, max] = [options.color?.min ?? low, options.color?.max ?? high];
  const legend = options.legend?.show !== false ? AXIS.legend : 0;
  const inner = { width: Math.max(1, width - AXIS.left - AXIS.right), height: Math.max(1, height - AXIS.top - AXIS.bottom - legend) };
  const span = range.to.valueOf() - range.from.valueOf();
  const gap = Number(options.cellGap ?? 1);
  const format = getValueFormat(options.cellValues?.unit ?? prepared.fieldConfig.defaults.unit);
  const show = (value: number) => formattedValueToString(format(value, options.cellValues?.decimals ?? prepared.fieldConfig.defaults.decimals));

  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || !buckets) {
      return;
    }
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, inner.width, inner.height);
    const rows = buckets.bounds.length;
    const across = (buckets.interval / span) * inner.width;
    buckets.values.forEach((row, bucket) => {
      row.forEach((value, index) => {
        if (value === null || !(value > above)) {
          return;
        }
        const share = max > min ? (value - min) / (max - min) : 1;
        context.fillStyle = colours[Math.min(colours.length - 1, Math.max(0, Math.round(share * (colours.length - 1))))];
        const right = ((buckets.times[index] - range.from.valueOf()) / span) * inner.width;
        const top = inner.height - ((bucket + 1) / rows) * inner.height;
        context.fillRect(right - across + gap / 2, top + gap / 2, Math.max(1, across - gap), Math.max(1, inner.height / rows - gap));
      });
    });
  });

  if (!buckets) {
    return null;
  }
  const onMove = (event: React.MouseEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const at = range.from.valueOf() + (x / inner.width) * span;
    const column = buckets.times.findIndex((time) => at > time - buckets.interval && at <= time);
    const bucket = Math.floor(((inner.height - y) / inner.height) * buckets.bounds.length);
    setHover(column < 0 || bucket < 0 || bucket >= buckets.bounds.length ? null : { column, bucket, x, y });
  };
  const under = hover && { value: buckets.values[hover.bucket][hover.column], time: buckets.times[hover.column] };
  const ratio = window.devicePixelRatio || 1;
  return (
    <div className={styles.box} style={{ width, height }} data-testid="heatmap">
      <div className={styles.plot} style={{ left: AXIS.left, top: AXIS.top, width: inner.width, height: inner.height }} onMouseMove={onMove} onMouseLeave={() => setHover(null)}>
        <canvas ref={canvas} width={inner.width * ratio} height={inner.height * ratio} style={{ width: inner.width, height: inner.height }} />
        {hover && under && (
          <div className={styles.tip} style={{ [hover.x > inner.width / 2 ? 'right' : 'left']: hover.x > inner.width / 2 ? inner.width - hover.x + 12 : hover.x + 12, top: Math.max(0, hover.y - 70) }}>
            <div>{dateTimeFormat(under.time, { timeZone })}</div>
            <div>
              {hover.bucket ? boundLabel(buckets.bounds[hover.bucket - 1], options.yAxis?.unit) : '0'} – {boundLabel(buckets.bounds[hover.bucket], options.yAxis?.unit)}
            </div>
            <strong>{under.value === null ? 'no value' : show(under.value)}</strong>
          </div>
        )}
      </div>
      {boundTicks(buckets.bounds, options.yAxis?.unit, inner.height).map((tick) => (
        <span key={tick.at} className={styles.bound} style={{ width: AXIS.left - 6, top: AXIS.top + (1 - tick.at) * inner.height }}>
          {tick.label}
        </span>
      ))}
      {timeTicks(range, inner.width, timeZone).map((tick) => (
        <span key={tick.at} className={styles.time} style={{ left: AXIS.left + tick.at * inner.width, top: AXIS.top + inner.height + 4 }}>
          {tick.label}
        </span>
      ))}
      {legend > 0 && (
        <div className={styles.legend} style={{ left: AXIS.left, width: inner.width }} data-testid="heatmap-legend">
          <span>{show(min < max / 1000 ? 0 : min)}</span>
          <span className={styles.scale} style={{ background: `linear-gradient(to right, ${colours.join(',')})` }} />
          <span>{show(max)}</span>
        </div>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  box: css({ position: 'relative', fontSize: 12, color: theme.colors.text.primary }),
  plot: css({ position: 'absolute', borderLeft: `1px solid ${theme.colors.border.weak}`, borderBottom: `1px solid ${theme.colors.border.weak}` }),
  bound: css({ position: 'absolute', left: 0, textAlign: 'right', transform: 'translateY(-50%)', lineHeight: '14px', whiteSpace: 'nowrap' }),
  time: css({ position: 'absolute', transform: 'translateX(-50%)', lineHeight: '14px', whiteSpace: 'nowrap' }),
  legend: css({ position: 'absolute', bottom: 0, display: 'flex', alignItems: 'center', gap: 8, height: 18, whiteSpace: 'nowrap' }),
  scale: css({ flex: 1, maxWidth: 300, height: 8, borderRadius: 2 }),
  tip: css({
    position: 'absolute',
    zIndex: 10,
    padding: theme.spacing(1),
    background: theme.colors.background.elevated,
    border: `1px solid ${theme.colors.border.medium}`,
    borderRadius: theme.shape.radius.default,
    boxShadow: theme.shadows.z2,
    pointerEvents: 'none',
    whiteSpace: 'nowrap',
  }),
});
