import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The Chromium of this machine: CHROME_PATH, or what is on the PATH. */
export function findChromium(): string | undefined {
  const named = process.env.CHROME_PATH;
  if (named !== undefined) return existsSync(named) ? named : undefined;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      continue;
    }
  }
  return undefined;
}

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--hide-scrollbars',
  '--enable-logging=stderr',
];

/** Opens a file in a fresh headless Chromium; `console` holds what the page, or its policy, complained about. */
export async function openInChromium(
  chromium: string,
  file: string,
  ...flags: string[]
): Promise<{ stdout: string; console: string[] }> {
  const profile = await mkdtemp(join(tmpdir(), 'uniad-chromium-'));
  try {
    return await new Promise((resolve, reject) => {
      const args = [...FLAGS, `--user-data-dir=${profile}`, ...flags, pathToFileURL(file).href];
      execFile(chromium, args, { maxBuffer: 64 * 2 ** 20, timeout: 60_000 }, (error, stdout, stderr) => {
        if (error) reject(error);
        else resolve({ stdout, console: stderr.split('\n').filter((line) => line.includes('CONSOLE')) });
      });
    });
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
