import { cpSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';
import type { Plugin } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/** A run's folder that is offered as the demo's model: UNIAD_MODEL, or what `npm run demo` wrote. */
const model = process.env.UNIAD_MODEL ?? join(here, '../../demo/run');
const hasModel = existsSync(join(model, 'model.json'));

/** Puts the demo's model beside the built page. */
function demoModel(): Plugin {
  let out = '';
  return {
    name: 'demo-model',
    apply: 'build',
    configResolved: (config) => {
      out = resolve(config.root, config.build.outDir);
    },
    closeBundle: () => {
      if (!hasModel) return;
      for (const name of ['model.json', 'model.safetensors', 'backbone.safetensors'])
        cpSync(join(model, name), join(out, 'model', name));
    },
  };
}

/** Has the browser keep every file of the build, so that the page opens without network. */
function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    generateBundle(_, bundle) {
      const files = ['./', ...Object.keys(bundle).filter((name) => !name.endsWith('.map'))];
      // Changes when any file does: their names hold a digest of their content.
      const source = `const files = ${JSON.stringify(files)};\n${SERVICE_WORKER}`;
      this.emitFile({ type: 'asset', fileName: 'offline.js', source });
    },
  };
}

const SERVICE_WORKER = `
const PREFIX = 'uniad-page-';
const digest = async () => {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(files.join()));
  return PREFIX + Array.from(new Uint8Array(bytes).slice(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
};
self.addEventListener('install', (event) => {
  event.waitUntil(digest().then(async (name) => (await caches.open(name)).addAll(files)).then(() => self.skipWaiting()));
});
self.addEventListener('activate', (event) => {
  event.waitUntil(digest().then(async (name) => {
    const old = (await caches.keys()).filter((key) => key.startsWith(PREFIX) && key !== name);
    await Promise.all(old.map((key) => caches.delete(key)));
    await self.clients.claim();
  }));
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(self.registration.scope)) return;
  // A model is looked after by the page itself, which asks the network first.
  if (new URL(request.url).pathname.includes('/model/')) return;
  const kept = () => caches.match(request, { ignoreSearch: true });
  // The page from the network where there is one, so that a new build shows; its files have names that never change.
  event.respondWith(request.mode === 'navigate'
    ? fetch(request).catch(async () => (await kept()) ?? (await caches.match('./')) ?? Response.error())
    : kept().then((response) => response ?? fetch(request)));
});
`;

export default defineConfig({
  root: here,
  base: './',
  // From the packages' sources, as everything in this repository; a page of your own needs no such line.
  resolve: { conditions: ['@uniad/source', ...defaultClientConditions] },
  define: { __DEMO_MODEL__: JSON.stringify(hasModel ? 'model/' : null) },
  worker: { format: 'es' },
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 2000 },
  plugins: [demoModel(), offline()],
});
