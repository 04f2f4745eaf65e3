import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, resolve } from 'node:path';
import { promisify } from 'node:util';

const example = resolve(__dirname, '..');
const modules = resolve(example, '../../node_modules');
const run = promisify(execFile);

/** Builds the page with Vite. */
export async function buildPage(out: string, model: string): Promise<void> {
  const args = [join(modules, 'vite/bin/vite.js'), 'build', '--outDir', out, '--emptyOutDir', '--logLevel', 'error'];
  // Jest's own NODE_ENV would make a build for development.
  const env = { ...process.env, UNIAD_MODEL: model, NODE_ENV: 'production' };
  const { stderr } = await run(process.execPath, args, { cwd: example, env });
  if (stderr !== '') throw new Error(`Expected no errors of Vite but received ${stderr}`);
}

/** Bundles the browser entry with esbuild, into a page with nothing else. */
export async function bundleEntry(out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  const options = ['--bundle', '--format=esm', '--splitting', '--minify', '--conditions=@uniad/source'];
  const entry = join(example, 'test/bundled.ts');
  const esbuild = join(modules, 'esbuild/bin/esbuild');
  await run(esbuild, [
    entry,
    ...options,
    '--log-level=warning',
    '--log-override:direct-eval=silent',
    `--outdir=${out}`,
  ]);
  const wasm = join(modules, '@tensorflow/tfjs-backend-wasm/dist');
  for (const name of ['tfjs-backend-wasm', 'tfjs-backend-wasm-simd', 'tfjs-backend-wasm-threaded-simd'])
    await cp(join(wasm, `${name}.wasm`), join(out, `${name}.wasm`));
  const page = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="bundled.js"></script>';
  await writeFile(join(out, 'index.html'), page);
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Serves a folder on this machine alone. */
export async function serve(folder: string): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url!, 'http://localhost').pathname));
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    readFile(file).then(
      (content) => {
        const type = types[extname(file)] ?? 'application/octet-stream';
        response.writeHead(200, { 'content-type': type, 'content-length': content.length }).end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, server };
}
