import { TableNG } from '@grafana/ui/unstable';

import type { VizProps } from './types';

export default function TableViz({ prepared, width, height, range }: VizProps) {
  const { options, data } = prepared;
  const frame = data[options.frameIndex ?? 0] ?? data[0];
  return (
    <TableNG
      data={frame}
      width={width}
      height={height}
      noHeader={!options.showHeader}
      showTypeIcons={Boolean(options.showTypeIcons)}
      cellHeight={options.cellHeight}
      sortBy={options.sortBy}
      enablePagination={options.enablePagination}
      fieldConfig={prepared.fieldConfig}
      timeRange={range}
      resizable
      getActions={() => []}
    />
  );
}
