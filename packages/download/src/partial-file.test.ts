import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { claimPartialFile } from './partial-file.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-partial-'));
  file = join(folder, 'x'.repeat(255)); // a name as long as a name can be
});
afterEach(() => rm(folder, { recursive: true }));

test('of many claims at once one goes on with what was left, the others have places of their own', async () => {
  for (let round = 0; round < 30; round++) {
    const claims = await Promise.all(Array.from({ length: 4 }, () => claimPartialFile(file, 'v1')));
    expect(new Set(claims.map(({ path }) => path)).size).toBe(4);
    const held = await readdir(folder);
    expect(held).toHaveLength(round === 0 ? 0 : 1);
    expect(claims.filter(({ path }) => held.includes(basename(path)))).toHaveLength(held.length);
    expect(claims.every(({ path }) => basename(path).length < 100)).toBe(true);
    await writeFile(claims[round % 4]!.path, `round ${round}`);
    await Promise.all(claims.map((claim) => claim.release()));
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^[0-9a-f]{16}\.partial$/)]);
  }
});

test('versions and files are told apart', async () => {
  const [first, ...others] = [
    await claimPartialFile(file, 'v1'),
    await claimPartialFile(file, 'v2'),
    await claimPartialFile(join(folder, 'y'), 'v1'),
  ];
  await writeFile(first!.path, 'v1');
  await first!.release();
  for (const other of others) await other.release();
  const again = await claimPartialFile(file, 'v1');
  expect(await readFile(again.path, 'utf8')).toBe('v1');
});

const DAY = 24 * 3600;

test.each([
  ['of a process that is no more', (name: string) => name.replace(`-${process.pid}-`, '-2147483647-'), 0, true],
  [
    'of an earlier process of the same number',
    (name: string) => name.replace(/-[0-9a-f]+\.partial/, '-0.partial'),
    0,
    true,
  ],
  ['of another process that runs', (name: string) => name.replace(`-${process.pid}-`, `-${process.ppid}-`), DAY, false],
  ['of another machine, just now', (name: string) => name.replace(/\.[0-9a-f]+-/, '.0-'), 0, false],
  ['of another machine, long ago', (name: string) => name.replace(/\.[0-9a-f]+-/, '.0-'), DAY, true],
])('a file %s', async (_, rename, age, isTaken) => {
  const own = await claimPartialFile(file, 'v1');
  const left = join(folder, rename(basename(own.path)));
  await writeFile(left, 'left');
  await utimes(left, Date.now() / 1000 - age, Date.now() / 1000 - age);
  const claim = await claimPartialFile(file, 'v1');
  const content = await readFile(claim.path, 'utf8').catch(() => undefined);
  expect(content).toBe(isTaken ? 'left' : undefined);
  await Promise.all([own.release(), claim.release()]);
});

test('what has been renamed to its place is not brought back', async () => {
  const claim = await claimPartialFile(file, 'v1');
  await claim.release();
  expect(await readdir(folder)).toEqual([]);
});
