import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { train, writeSyntheticSet } from '@uniad/core';
import sharp from 'sharp';

const root = resolve(__dirname, '../../..');

interface Snippet {
  readonly file: string;
  readonly language: string;
  readonly code: string;
  /** Why it is not run: `browser: ...` or `download: ...`, from a comment before it. */
  readonly excuse: string | undefined;
}

async function readmes(): Promise<string[]> {
  const packages = await readdir(join(root, 'packages'));
  return [join(root, 'README.md'), ...packages.map((name) => join(root, 'packages', name, 'README.md'))];
}

async function snippets(): Promise<Snippet[]> {
  const found: Snippet[] = [];
  for (const file of await readmes()) {
    const text = await readFile(file, 'utf8');
    for (const [, excuse, language, code] of text.matchAll(
      /(?:<!-- ((?:browser|download): [^>]*) -->\s*)?^```(\w+)\n(.*?)^```/gms,
    )) {
      found.push({ file: relative(root, file), language: language!, code: code!, excuse });
    }
  }
  return found;
}

/** Runs Node from source in a folder that stands for a user's. */
function run(cwd: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const env = { ...process.env, UNIAD_CACHE: join(cwd, 'cache'), NO_COLOR: '1' };
  const program = ['--conditions=@uniad/source', '--import', 'tsx', ...args];
  return new Promise((done) => {
    execFile(process.execPath, program, { cwd, env }, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-readme-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const parts = join(folder, 'parts');
  await writeSyntheticSet(parts, { seed: 0, kinds: ['gear', 'tile'], train: 10, test: 4, size: 64 });
  for (const name of ['part.jpg', 'new-part.jpg']) {
    await sharp(join(parts, 'gear/test/good/001.png')).jpeg().toFile(join(folder, name));
  }
  await train({
    data: parts,
    out: join(folder, 'trained'),
    crossFit: 0,
    training: { epochs: 1 },
    cache: join(folder, 'cache'),
  });
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

/** Every snippet and every command finds the folders as a new user has them: pictures, and a model where it is read. */
async function freshRun(code: string): Promise<void> {
  for (const name of ['run', 'patchcore', 'heat', 'report'])
    await rm(join(folder, name), { recursive: true, force: true });
  if (/load\('run'\)/.test(code)) await cp(join(folder, 'trained'), join(folder, 'run'), { recursive: true });
}

test('every TypeScript snippet of every README runs', async () => {
  const all = (await snippets()).filter(({ language }) => language === 'ts');
  expect(all.length).toBeGreaterThan(8);
  await mkdir(join(folder, 'snippets'), { recursive: true });
  const failed: string[] = [];
  let before = '';
  for (const [i, { file, code, excuse }] of all.entries()) {
    if (excuse !== undefined) continue;
    // What imports nothing goes on from the snippet above it.
    const whole = code.includes('import ') ? code : `${before}\n${code}`;
    before = whole;
    await freshRun(whole);
    const path = join(folder, 'snippets', `${i}.mts`);
    await writeFile(path, whole);
    const { code: exit, output } = await run(folder, ['--no-warnings', path]);
    if (exit !== 0) failed.push(`${file}, snippet ${i}:\n${whole}\n${output}`);
  }
  expect(failed).toEqual([]);
}, 300_000);

test('the commands of the main README run, in their order', async () => {
  const shell = (await snippets()).filter(({ file, language }) => file === 'README.md' && language === 'sh');
  const lines = shell
    .flatMap(({ code }) => code.split('\n'))
    .filter((line) => line.startsWith('npx -p @uniad/core uniad '))
    .map((line) =>
      line
        .replace(/ +#.*$/, '')
        .split(/ +/)
        .slice(4),
    );
  expect(lines.map(([command]) => command)).toEqual(['train', 'eval', 'predict']);
  await freshRun('');
  for (const line of lines) {
    const fewer = line[0] === 'train' ? [...line, '--epochs', '1', '--cross-fit', '0'] : line;
    const { code, output } = await run(folder, [join(root, 'packages/uniad/src/cli/main.ts'), ...fewer]);
    expect({ line, code, output }).toMatchObject({ code: 0 });
  }
  expect(await readdir(join(folder, 'heat'))).toContain('new-part.png');
}, 120_000);
