import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256, startFileServer } from '../../download/test/file-server.js';

function uniad(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = join(__dirname, '../src/cli/main.ts');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--conditions=@uniad/source', '--import', 'tsx', main, 'download', ...args],
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test('uniad download writes the file whole, prints where it is, and refuses another', async () => {
  const bytes = Buffer.from('pictures');
  const folder = await mkdtemp(join(tmpdir(), 'uniad-download-'));
  const server = await startFileServer(bytes);
  try {
    server.behaviour = { bytes, style: 'plain' };
    const url = `${server.url}/parts.zip`;
    const out = join(folder, 'parts.zip');
    const fetched = await uniad(url, '--sha256', sha256(bytes), '--out', out);
    expect(fetched).toMatchObject({ code: 0, stdout: `${out}\n`, stderr: expect.stringContaining('whole') });
    expect(await readFile(out, 'utf8')).toBe('pictures');
    const cached = await uniad(url, '--sha256', sha256(bytes), '--cache', join(folder, 'cache'));
    expect(cached.stdout).toBe(`${join(folder, 'cache/downloads', sha256(bytes).slice(0, 16), 'parts.zip')}\n`);

    const other = sha256(Buffer.from('other'));
    const wrong = await uniad(url, '--sha256', other, '--out', join(folder, 'other.zip'));
    expect(wrong).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`Expected the SHA-256 ${other}`),
    });
    const large = await uniad(url, '--sha256', other, '--out', join(folder, 'o.zip'), '--max-size', '0.000000001');
    expect(large.stderr).toContain('Expected at most 2 bytes at');
    expect((await uniad('http://example.org/a.zip', '--sha256', other)).stderr).toContain('Expected an https address');
    expect((await uniad(url)).stderr).toContain('--sha256');
    expect(await readdir(folder)).toEqual(['cache', 'parts.zip']);
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
});
