import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** A folder that lasts for one test file. */
export function temporaryFolder(): { path: string } {
  const folder = { path: '' };
  beforeAll(async () => {
    folder.path = await mkdtemp(join(tmpdir(), 'uniad-datasets-'));
  });
  afterAll(() => rm(folder.path, { recursive: true }));
  return folder;
}

/** Writes a file and the folders above it. */
export async function put(content: Uint8Array | string, ...names: string[]): Promise<string> {
  const path = join(...names);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

/** A 4 x 4 PNG of one colour. */
export async function png(red = 10, green = 20, blue = 30): Promise<Buffer> {
  return sharp({ create: { width: 4, height: 4, channels: 3, background: { r: red, g: green, b: blue } } })
    .png()
    .toBuffer();
}
