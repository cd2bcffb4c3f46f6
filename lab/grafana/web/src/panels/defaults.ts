/** What panels are when their JSON does not say: the plugins' own defaults, which Grafana's published libraries leave out. */

export const OPTIONS: Record<string, Record<string, unknown>> = {
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: 'single', sort: 'none' },
  },
  stat: {
    reduceOptions: { values: false, calcs: ['lastNotNull'], fields: '' },
    orientation: 'auto',
    textMode: 'auto',
    colorMode: 'value',
    graphMode: 'area',
    justifyMode: 'auto',
    wideLayout: true,
    showPercentChange: false,
  },
  gauge: {
    reduceOptions: { values: false, calcs: ['lastNotNull'], fields: '' },
    showThresholdLabels: false,
    showThresholdMarkers: true,
    orientation: 'auto',
  },
  bargauge: {
    reduceOptions: { values: false, calcs: ['lastNotNull'], fields: '' },
    orientation: 'auto',
    displayMode: 'gradient',
    showUnfilled: true,
    valueMode: 'color',
    namePlacement: 'auto',
  },
  table: { showHeader: true, cellHeight: 'sm', frameIndex: 0, sortBy: [] },
  text: { mode: 'markdown', content: '' },
  heatmap: {
    calculate: false,
    color: { mode: 'scheme', scheme: 'Oranges', steps: 64, exponent: 0.5, fill: 'dark-orange', reverse: false },
    cellGap: 1,
    filterValues: { le: 1e-9 },
    legend: { show: true },
    yAxis: { axisPlacement: 'left' },
  },
  logs: { showTime: false, showLabels: false, wrapLogMessage: false, sortOrder: 'Descending', enableLogDetails: true },
};

const GRAPH = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  fillOpacity: 0,
  gradientMode: 'none',
  lineStyle: { fill: 'solid' },
  spanNulls: false,
  insertNulls: false,
  showPoints: 'auto',
  pointSize: 5,
  stacking: { mode: 'none', group: 'A' },
  barAlignment: 0,
  barWidthFactor: 0.6,
  axisPlacement: 'auto',
  axisLabel: '',
  axisColorMode: 'text',
  axisBorderShow: false,
  axisSoftMin: undefined,
  axisSoftMax: undefined,
  axisGridShow: undefined,
  axisWidth: undefined,
  axisCenteredZero: false,
  scaleDistribution: { type: 'linear' },
  thresholdsStyle: { mode: 'off' },
  hideFrom: { legend: false, tooltip: false, viz: false },
  fillBelowTo: undefined,
  transform: undefined,
};

const TABLE = {
  align: 'auto',
  cellOptions: { type: 'auto' },
  width: undefined,
  minWidth: undefined,
  inspect: false,
  filterable: false,
  hideFrom: { legend: false, tooltip: false, viz: false },
  wrapHeaderText: undefined,
  wrapText: undefined,
  footer: undefined,
  tooltip: undefined,
};

/** Each type's own field options with their defaults: what `fieldConfig.defaults.custom` and overrides may set. */
export const CUSTOM: Record<string, Record<string, unknown>> = {
  timeseries: GRAPH,
  table: TABLE,
  heatmap: { hideFrom: { legend: false, tooltip: false, viz: false }, scaleDistribution: { type: 'linear' } },
};

/** How a type colours a field that says nothing about it. */
export const COLOR_MODE: Record<string, string> = { timeseries: 'palette-classic' };

/** The panel types that this stand-in draws. */
export const DRAWN = ['timeseries', 'stat', 'gauge', 'bargauge', 'table', 'text', 'heatmap', 'logs'];

/** The further types that a Grafana without plugins has: here they get a note instead of a picture. */
export const KNOWN = [
  ...DRAWN, 'alertlist', 'annolist', 'barchart', 'bargauge', 'candlestick', 'canvas', 'dashlist', 'datagrid', 'debug', 'flamegraph',
  'geomap', 'gettingstarted', 'graph', 'histogram', 'live', 'news', 'nodeGraph', 'piechart', 'row', 'state-timeline',
  'status-history', 'table-old', 'traces', 'trend', 'welcome', 'xychart',
];
