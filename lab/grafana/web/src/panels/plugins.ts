/** Registers what Grafana's core registers at its start and its libraries therefore lack: standard options, transformations, plugins. */

import {
  booleanOverrideProcessor,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  type FieldConfigPropertyItem,
  FieldType,
  identityOverrideProcessor,
  numberOverrideProcessor,
  PanelPlugin,
  type PanelPluginMeta,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
  type TransformerRegistryItem,
} from '@grafana/data';

import { COLOR_MODE, CUSTOM, OPTIONS } from './defaults';

type Process = (value: unknown, context: never, settings?: never) => unknown;

const nothing = () => null;

function standard(id: string, process: unknown, defaultValue?: unknown, numbersOnly = false): FieldConfigPropertyItem {
  return {
    id,
    path: id,
    name: id,
    editor: nothing,
    override: nothing,
    process: process as Process,
    shouldApply: (field: { type: FieldType }) => !numbersOnly || field.type === FieldType.number,
    settings: {},
    defaultValue,
    category: ['Standard options'],
  } as unknown as FieldConfigPropertyItem;
}

const THRESHOLDS = {
  mode: 'absolute',
  steps: [
    { value: -Infinity, color: 'green' },
    { value: 80, color: 'red' },
  ],
};

function standardOptions(): FieldConfigPropertyItem[] {
  return [
    standard('displayName', displayNameOverrideProcessor),
    standard('unit', unitOverrideProcessor),
    standard('min', numberOverrideProcessor, undefined, true),
    standard('max', numberOverrideProcessor, undefined, true),
    standard('fieldMinMax', booleanOverrideProcessor, undefined, true),
    standard('decimals', numberOverrideProcessor, undefined, true),
    standard('noValue', stringOverrideProcessor),
    standard('color', identityOverrideProcessor, { mode: 'thresholds' }),
    standard('thresholds', thresholdsOverrideProcessor, THRESHOLDS),
    standard('mappings', valueMappingsOverrideProcessor, []),
    standard('links', dataLinksOverrideProcessor),
    standard('filterable', booleanOverrideProcessor),
  ];
}

let registered = false;

export function registerOnce(): void {
  if (registered) {
    return;
  }
  registered = true;
  standardFieldConfigEditorRegistry.setInit(standardOptions);
  const transformers = [...new Map(Object.values(standardTransformers).map((one) => [one.id, one])).values()];
  standardTransformersRegistry.setInit(() =>
    transformers.map(
      (one) => ({ id: one.id, name: one.name, transformation: () => Promise.resolve(one), editor: nothing }) as unknown as TransformerRegistryItem
    )
  );
}

const plugins = new Map<string, PanelPlugin>();

export function pluginFor(type: string): PanelPlugin {
  const known = plugins.get(type);
  if (known) {
    return known;
  }
  const plugin = new PanelPlugin(null);
  plugin.meta = { id: type, name: type } as PanelPluginMeta;
  const custom = CUSTOM[type] ?? {};
  const color = COLOR_MODE[type];
  plugin.useFieldConfig({
    standardOptions: color ? ({ color: { defaultValue: { mode: color } } } as never) : {},
    useCustomConfig: (builder) => {
      for (const [id, defaultValue] of Object.entries(custom)) {
        builder.addCustomEditor({
          id,
          path: id,
          name: id,
          editor: nothing,
          override: nothing,
          process: identityOverrideProcessor,
          shouldApply: (field: { type: FieldType }) => type !== 'timeseries' || field.type === FieldType.number,
          defaultValue,
        } as never);
      }
    },
  });
  // Getter-only on the class: options of a type that has no editors here still have defaults.
  Object.defineProperty(plugin, 'defaults', { value: OPTIONS[type] ?? {} });
  plugins.set(type, plugin);
  return plugin;
}

