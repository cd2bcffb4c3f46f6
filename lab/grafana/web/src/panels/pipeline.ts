/** From frames to what is drawn: transformations, field options with their overrides, names and formats. */

import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  type DataFrame,
  type DataTransformerConfig,
  type FieldConfigSource,
  getPanelOptionsWithDefaults,
  type GrafanaTheme2,
  type ScopedVars,
  transformDataFrame,
} from '@grafana/data';
import type { Panel } from '@grafana/schema';
import { firstValueFrom } from 'rxjs';

import { interpolate, type Scope } from '../dashboard/interpolate';
import { pluginFor, registerOnce } from './plugins';

export interface Prepared {
  data: DataFrame[];
  options: Record<string, any>;
  fieldConfig: FieldConfigSource;
  replace: (text: string, scoped?: ScopedVars, format?: string | Function) => string;
}

export interface Surroundings {
  scope: Scope;
  theme: GrafanaTheme2;
  timeZone: string;
}

export function replacer({ scope }: Surroundings): Prepared['replace'] {
  return (text, scoped, format) => interpolate(text, scope, scoped, typeof format === 'string' ? format : 'glob');
}

/** The panel's own settings over its type's defaults, which does not depend on any data. */
export function settings(panel: Panel): { options: Record<string, any>; fieldConfig: FieldConfigSource } {
  registerOnce();
  const { options, fieldConfig } = getPanelOptionsWithDefaults({
    plugin: pluginFor(panel.type),
    currentOptions: (panel.options ?? {}) as Record<string, unknown>,
    currentFieldConfig: structuredClone(panel.fieldConfig ?? { defaults: {}, overrides: [] }) as FieldConfigSource,
    isAfterPluginChange: false,
  });
  return { options: options as Record<string, any>, fieldConfig };
}

/** Hide all series but these, as a click in a legend does. */
function onlySeries(shown: string[]): FieldConfigSource['overrides'] {
  const matcher = { id: 'byNames', options: { mode: 'exclude', names: shown, readOnly: true } };
  return [{ matcher, properties: [{ id: 'custom.hideFrom', value: { viz: true, legend: false, tooltip: true } }] }];
}

export async function prepare(panel: Panel, frames: DataFrame[], shown: string[] | null, around: Surroundings): Promise<Prepared> {
  const { options, fieldConfig } = settings(panel);
  const replace = replacer(around);
  const transformations = (panel.transformations ?? []) as DataTransformerConfig[];
  const transformed = await firstValueFrom(transformDataFrame(transformations, frames, { interpolate: (text: string) => replace(text) }));
  if (shown) {
    fieldConfig.overrides = [...fieldConfig.overrides, ...onlySeries(shown)];
  }
  const data = applyFieldOverrides({
    data: transformed,
    fieldConfig,
    fieldConfigRegistry: pluginFor(panel.type).fieldConfigRegistry,
    replaceVariables: replace as never,
    theme: around.theme,
    timeZone: around.timeZone,
  });
  cacheFieldDisplayNames(data);
  return { data, options, fieldConfig, replace };
}
