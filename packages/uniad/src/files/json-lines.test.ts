import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonLines } from './json-lines.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-lines-'));
  path = join(folder, 'lines.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

async function open(): Promise<{ lines: JsonLines; found: unknown[] }> {
  const found: unknown[] = [];
  return { lines: await JsonLines.open(path, (record) => found.push(record)), found };
}

describe('lines of JSON', () => {
  test('are found again, however much of the last one was written', async () => {
    const records = [{ name: 'ä' }, { name: '漢\n' }, { name: 'c' }];
    const whole = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    for (let length = 0; length <= whole.length; length++) {
      await writeFile(path, whole.subarray(0, length));
      const count = whole.subarray(0, length).filter((byte) => byte === 0x0a).length;
      const { lines, found } = await open();
      expect(found).toEqual(records.slice(0, count));
      await lines.append({ name: 'next' });
      await lines.close();
      const again = await open();
      expect(again.found).toEqual([...records.slice(0, count), { name: 'next' }]);
      await again.lines.close();
    }
  });

  test('longer than a block are whole too', async () => {
    const { lines } = await open();
    const long = { name: 'x'.repeat(200_000) };
    await lines.append(long);
    await lines.append({ name: 'a' });
    await lines.close();
    await writeFile(path, (await readFile(path, 'utf8')) + '{"name":'.padEnd(150_000, ' '));
    const { lines: again, found } = await open();
    await again.close();
    expect(found).toEqual([long, { name: 'a' }]);
  });

  test('of something else are refused, and stay as they are', async () => {
    await writeFile(path, '{}\nnone\n{}\n');
    await expect(open()).rejects.toThrow(`Expected JSON in line 2 of ${path} but found "none"`);
    expect(await readFile(path, 'utf8')).toBe('{}\nnone\n{}\n');
  });
});
