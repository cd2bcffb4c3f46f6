import react from '@vitejs/plugin-react';
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const stub = (name: string) => join(here, 'src/stubs', name);

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]
  );
}

/** Icons and fonts where @grafana/ui fetches them, and a compressed copy beside every text file, so that the server compresses nothing. */
function pack(): Plugin {
  return {
    name: 'pack',
    apply: 'build',
    closeBundle() {
      const dist = join(here, 'dist');
      const modules = join(here, 'node_modules');
      cpSync(join(modules, '@grafana/ui/dist/public/img/icons'), join(dist, 'build/img/icons'), { recursive: true });
      for (const [weight, name] of [[400, 'Regular'], [500, 'Medium']]) {
        cpSync(join(modules, `@fontsource/inter/files/inter-latin-${weight}-normal.woff2`), join(dist, `fonts/inter/Inter-${name}.woff2`));
      }
      const monospace = 'L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2';
      cpSync(join(modules, '@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff2'), join(dist, 'fonts/roboto', monospace));
      for (const path of files(dist).filter((name) => /\.(js|css|html|json)$/.test(name) && statSync(name).size > 1024)) {
        const content = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
      }
    },
  };
}

export default defineConfig({
  base: '/public/',
  plugins: [react(), pack()],
  define: { 'process.env.NODE_ENV': JSON.stringify('production') },
  resolve: {
    alias: [
      { find: /^@?monaco-editor.*/, replacement: stub('monaco.ts') },
      { find: /^react-dom\/server$/, replacement: stub('reactDomServer.ts') },
      // Ten years of time zones' rules instead of all that ever were: half of the page's code otherwise.
      { find: /^moment-timezone$/, replacement: 'moment-timezone/builds/moment-timezone-with-data-10-year-range.min.js' },
    ],
  },
  build: { chunkSizeWarningLimit: 4000, assetsInlineLimit: 0 },
  server: { proxy: { '/api': 'http://localhost:3000', '/login': 'http://localhost:3000' } },
});
