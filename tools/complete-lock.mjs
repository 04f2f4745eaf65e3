/**
 * Adds to package-lock.json the optional packages of other platforms that it lacks, by name and version. npm leaves them
 * out where the registry is a mirror that holds this platform's packages only, and `npm ci` then refuses the file.
 * Usage: node tools/complete-lock.mjs, after npm install behind such a mirror.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));

const systems = {
  darwin: 'darwin',
  win32: 'win32',
  windows: 'win32',
  linux: 'linux',
  linuxmusl: 'linux',
  freebsd: 'freebsd',
  openbsd: 'openbsd',
  netbsd: 'netbsd',
  android: 'android',
  sunos: 'sunos',
  aix: 'aix',
  openharmony: 'openharmony',
  wasm32: undefined,
};
const processors = [
  'arm64',
  'x64',
  'ia32',
  'arm',
  'ppc64',
  's390x',
  'riscv64',
  'loong64',
  'mips64el',
  'wasm32',
  'universal',
];

/** What npm must know to leave the package out elsewhere: its name says it. */
function platform(name) {
  const words = name.split('/').at(-1).split('-');
  const os = words.map((word) => systems[word]).find(Boolean);
  const cpu = processors.find((processor) => words.includes(processor));
  return { ...(os && { os: [os] }), ...(cpu && cpu !== 'universal' && { cpu: [cpu] }) };
}

/** Where Node would find `name` from the package at `path`. */
function resolve(path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const candidate = `${at ? `${at}/` : ''}node_modules/${name}`;
    if (lock.packages[candidate]) return candidate;
    if (at === '' || !at.includes('/node_modules/'))
      return lock.packages[`node_modules/${name}`] ? `node_modules/${name}` : undefined;
  }
}

let added = 0;
for (const [path, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(optionalDependencies)) {
    const found = resolve(path, name);
    const version = range.replace(/^[~^]/, '');
    if (found && (range !== version || lock.packages[found].version === version || lock.packages[found].link)) continue;
    const place = found ? `${path}/node_modules/${name}` : `node_modules/${name}`;
    lock.packages[place] = { version, optional: true, ...platform(name) };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages added`);
