import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPartialFile } from './partial-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-partial-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('of many claims at once only one gets the place, again after each release', async () => {
  const path = join(folder, 'file.partial');
  for (let round = 0; round < 50; round++) {
    const claims = await Promise.all(Array.from({ length: 4 }, () => claimPartialFile(path)));
    expect(new Set(claims.map((claim) => claim.path)).size).toBe(4);
    expect(claims.filter((claim) => claim.path === path)).toHaveLength(1);
    await Promise.all(claims.map((claim) => claim.release()));
  }
  expect(await readdir(folder)).toEqual([]);
});
