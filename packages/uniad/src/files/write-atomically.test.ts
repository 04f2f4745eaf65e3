import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeAtomically } from './write-atomically.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-write-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeAtomically', () => {
  test('makes the folders on the way and leaves nothing else', async () => {
    await writeAtomically(join(folder, 'a/b/c.txt'), 'text');
    expect(await readFile(join(folder, 'a/b/c.txt'), 'utf8')).toBe('text');
    expect(await readdir(join(folder, 'a/b'))).toEqual(['c.txt']);
  });

  test('many writers of one file at once: one of them wins, none fails', async () => {
    const path = join(folder, 'same');
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
    await Promise.all(texts.map((text) => writeAtomically(path, text)));
    expect(texts).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder)).toEqual(['same']);
  });

  test('takes a name as long as the file system allows', async () => {
    const name = `${'漢'.repeat(80)}.json`; // 245 bytes
    await writeAtomically(join(folder, name), '{}');
    expect(await readdir(folder)).toEqual([name]);
  });

  test('what cannot be written leaves what was there', async () => {
    await writeFile(join(folder, 'file'), 'before');
    await expect(writeAtomically(join(folder, 'file/below'), 'after')).rejects.toThrow();
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('before');
    expect(await readdir(folder)).toEqual(['file']);
  });
});
