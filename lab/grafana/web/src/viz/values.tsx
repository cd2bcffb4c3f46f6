/** Stat, bar gauge and gauge: a reduced value a series, drawn beside each other. */

import { type DisplayValueAlignmentFactors, type FieldDisplay, getDisplayValueAlignmentFactors, getFieldDisplayValues, VizOrientation } from '@grafana/data';
import { BarGauge, BigValue, DataLinksContextMenu, VizRepeater, type VizRepeaterRenderValueProps } from '@grafana/ui';
import type { ReactElement } from 'react';

import { Dial } from './Dial';
import type { VizProps } from './types';

type Repeated = VizRepeaterRenderValueProps<FieldDisplay, DisplayValueAlignmentFactors>;

const ORIENTATION: Record<string, VizOrientation> = {
  horizontal: VizOrientation.Horizontal,
  vertical: VizOrientation.Vertical,
  auto: VizOrientation.Auto,
};

function Values({ props, sparkline, draw }: { props: VizProps; sparkline: boolean; draw: (value: Repeated) => ReactElement }) {
  const { prepared, theme, timeZone, width, height } = props;
  const { options } = prepared;
  return (
    <VizRepeater<FieldDisplay, DisplayValueAlignmentFactors>
      getValues={() =>
        getFieldDisplayValues({
          fieldConfig: prepared.fieldConfig,
          reduceOptions: { values: false, ...options.reduceOptions },
          replaceVariables: prepared.replace as never,
          theme,
          data: prepared.data,
          sparkline,
          percentChange: options.showPercentChange,
          timeZone,
        })
      }
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={(value: Repeated) => {
        const { display, hasLinks, getLinks } = value.value;
        const drawn = draw(value);
        const reachable = hasLinks && getLinks ? <DataLinksContextMenu links={getLinks}>{() => drawn}</DataLinksContextMenu> : drawn;
        return (
          <div data-testid="value" data-title={display.title ?? ''}>
            {reachable}
          </div>
        );
      }}
      width={width}
      height={height}
      source={prepared.data}
      autoGrid
      renderCounter={0}
      orientation={ORIENTATION[options.orientation] ?? VizOrientation.Auto}
      itemSpacing={3}
    />
  );
}

export function StatViz(props: VizProps) {
  const { prepared, theme, range, panel } = props;
  const { options } = prepared;
  const draw = ({ value, width, height, alignmentFactors, count }: Repeated) => (
    <BigValue
      theme={theme}
      value={value.display}
      count={count}
      sparkline={value.sparkline ? { ...value.sparkline, timeRange: range } : undefined}
      colorMode={options.colorMode}
      graphMode={options.graphMode}
      justifyMode={options.justifyMode}
      textMode={!panel.title && options.textMode === 'auto' ? 'value_and_name' : options.textMode}
      percentChangeColorMode={options.percentChangeColorMode}
      alignmentFactors={alignmentFactors}
      text={options.text}
      disableWideLayout={options.wideLayout === false}
      width={width}
      height={height}
    />
  );
  return <Values props={props} sparkline={options.graphMode !== 'none'} draw={draw} />;
}

export function BarGaugeViz(props: VizProps) {
  const { prepared, theme } = props;
  const { options } = prepared;
  const draw = ({ value, width, height, alignmentFactors, orientation, count }: Repeated) => (
    <BarGauge
      theme={theme}
      value={value.display}
      field={value.field}
      display={value.view?.getFieldDisplayProcessor(value.colIndex!)}
      width={width}
      height={height}
      orientation={orientation}
      displayMode={options.displayMode}
      showUnfilled={options.showUnfilled}
      valueDisplayMode={options.valueMode}
      namePlacement={options.namePlacement}
      alignmentFactors={count > 1 ? alignmentFactors : undefined}
      text={options.text}
      itemSpacing={10}
      lcdCellWidth={12}
    />
  );
  return <Values props={props} sparkline={false} draw={draw} />;
}

export function GaugeViz(props: VizProps) {
  const { options } = props.prepared;
  const draw = ({ value, width, height, count }: Repeated) => (
    <Dial value={value} width={width} height={height} theme={props.theme} titled={count > 1} markers={options.showThresholdMarkers} />
  );
  return <Values props={props} sparkline={false} draw={draw} />;
}
