// Writes what Grafana's own libraries know (units, reducers, colours, matchers, transformations, panels' options) to the file
// that scripts/dashboard_lint checks dashboards by, so that checking needs neither node nor these libraries.
// `npm run catalog` writes it, `npm run catalog -- --check` only says whether it is as these libraries have it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createGenerator } from 'ts-json-schema-generator';

globalThis.navigator ??= { language: 'en-US', languages: ['en-US'] };
const require = createRequire(import.meta.url);
const grafana = require('@grafana/data');
const web = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(web, '../../../scripts/dashboard_lint/known.json');

// Folder of the generated types, and the panel type that it describes.
const PANELS = {
  barchart: 'barchart', bargauge: 'bargauge', gauge: 'gauge', heatmap: 'heatmap', histogram: 'histogram', logs: 'logs',
  piechart: 'piechart', stat: 'stat', statetimeline: 'state-timeline', statushistory: 'status-history', table: 'table',
  text: 'text', timeseries: 'timeseries',
};

const read = (folder) => readFileSync(join(web, `node_modules/@grafana/schema/dist/types/raw/composable/${folder}/panelcfg/x/types.gen.d.ts`), 'utf8');

/** Without what is required, which all has a default in Grafana, and without prose. */
function tidy(value) {
  if (Array.isArray(value)) return value.map(tidy);
  if (!value || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([key, inner]) => !(Array.isArray(inner) && key === 'required') && !(typeof inner === 'string' && ['description', 'deprecated'].includes(key)));
  return Object.fromEntries(kept.map(([key, inner]) => [key, tidy(inner)]));
}

/** JSON schemas by panel type: `definitions`, among them Options and, where the type has field options, FieldConfig. */
function schemas() {
  const folder = mkdtempSync(join(web, '.catalog-'));
  try {
    return Object.fromEntries(
      Object.entries(PANELS).map(([name, type]) => {
        const path = `../node_modules/@grafana/schema/dist/types/raw/composable/${name}/panelcfg/x/types.gen`;
        const parts = ['Options', 'FieldConfig'].filter((part) => new RegExp(`export (interface|type) ${part}\\b`).test(read(name)));
        const file = join(folder, `${name}.ts`);
        writeFileSync(file, parts.map((part) => `export type { ${part} } from '${path}';`).join('\n'));
        const generator = createGenerator({ path: file, tsconfig: join(web, 'tsconfig.json'), skipTypeCheck: true, additionalProperties: false });
        const definitions = Object.assign({}, ...parts.map((part) => tidy(generator.createSchema(part).definitions)));
        return [type, { definitions: Object.fromEntries(Object.entries(definitions).sort(([one], [other]) => (one < other ? -1 : 1))) }];
      })
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const version = JSON.parse(readFileSync(join(web, 'node_modules/@grafana/data/package.json'), 'utf8')).version;
const known = {
  source: `@grafana/data and @grafana/schema ${version}, by lab/grafana/web/scripts/catalog.mjs`,
  units: grafana.getValueFormats().flatMap((category) => category.submenu.map((format) => format.value)).sort(),
  reducers: grafana.fieldReducers.list().map((reducer) => reducer.id).sort(),
  colorModes: Object.values(grafana.FieldColorModeId).sort(),
  matchers: [...new Set([...grafana.fieldMatchers.list().map((one) => one.id), ...Object.values(grafana.FieldMatcherID)])].sort(),
  transformations: Object.values(grafana.DataTransformerID).sort(),
  colors: [...new Set(grafana.createTheme().visualization.hues.flatMap((hue) => [hue.name, ...hue.shades.map((shade) => shade.name)]))].sort(),
  standardOptions: ['displayName', 'unit', 'min', 'max', 'fieldMinMax', 'decimals', 'noValue', 'color', 'thresholds', 'mappings', 'links', 'actions', 'filterable', 'description'],
  panels: schemas(),
};

const text = `${JSON.stringify(known, null, 1)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('scripts/dashboard_lint/known.json is not what these libraries know: run `npm run catalog` in lab/grafana/web');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
