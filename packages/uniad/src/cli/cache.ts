import { defaultCache } from '@uniad/datasets';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { counted } from './counted.js';
import { cacheOption } from './options.js';
import { runCommand } from './run-command.js';

/** How the feature store names a backbone's folder; nothing else is counted or removed. */
const NAMESPACE = /^[0-9a-f]{16}$/;

/** `uniad cache` */
export function cacheCommand(): Command {
  return new Command('cache')
    .description('Say where features are kept and how much they take')
    .option('--clear', 'remove them; they are computed again when they are needed')
    .addOption(cacheOption())
    .addHelpText('after', '\nExample:\n  $ uniad cache --clear')
    .action((flags: { clear?: boolean; cache?: string }) =>
      runCommand(() => runCache(flags.cache ?? defaultCache, flags.clear ?? false)),
    );
}

async function runCache(folder: string, clear: boolean): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const namespaces = names.filter((name) => NAMESPACE.test(name));
  let files = 0;
  let bytes = 0;
  for (const namespace of namespaces) {
    for (const entry of await readdir(join(folder, namespace), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      files++;
      bytes += (await stat(join(entry.parentPath, entry.name))).size;
    }
    if (clear) await rm(join(folder, namespace), { recursive: true });
  }
  console.log(
    `${clear ? 'removed' : folder}: features of ${counted(files, 'picture')}, ${(bytes / 1e6).toFixed(1)} MB`,
  );
}
