import { downloadArchive } from '@uniad/datasets';
import { Command } from 'commander';
import pc from 'picocolors';
import { requirePlace } from '../files/require-place.js';
import { positiveNumber } from './options.js';
import { ProgressView } from './progress.js';
import { runCommand } from './run-command.js';

interface DownloadFlags {
  sha256: string;
  out?: string;
  maxSize: number;
  cache?: string;
}

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** `uniad download` */
export function downloadCommand(): Command {
  return new Command('download')
    .description('Fetch an archive of pictures over HTTPS, held against its checksum; an interrupted download goes on')
    .argument('<url>', 'address of a .tar, .tar.gz, .tar.xz or .zip')
    .requiredOption('--sha256 <hex>', 'checksum of the file, 64 hexadecimal digits: anything else is refused')
    .option('--out <file>', "where it goes, in place of the cache under the address's name")
    .option('--max-size <GiB>', 'refuse a larger file', positiveNumber, 64)
    .option('--cache <dir>', 'where files are kept (default: UNIAD_CACHE or ~/.cache/uniad)')
    .addHelpText(
      'after',
      '\nIts path goes to standard output:\n  $ uniad train --data "$(uniad download https://example.org/parts.zip --sha256 9f86d0...)" --out run',
    )
    .action((url: string, flags: DownloadFlags) => runCommand((signal) => runDownload(url, flags, signal)));
}

async function runDownload(url: string, flags: DownloadFlags, signal: AbortSignal): Promise<void> {
  await requirePlace('file', flags.out);
  const view = new ProgressView();
  try {
    const file = await downloadArchive(url, {
      sha256: flags.sha256,
      file: flags.out,
      cache: flags.cache,
      maxBytes: Math.ceil(flags.maxSize * GIB),
      signal,
      onDownload: (event) => {
        if (event.type === 'retry') view.print(`warning: ${event.reason}: trying again`);
        if (event.type !== 'progress') return;
        const received = Math.floor(event.received / MIB);
        view.update('MiB', received, Math.max(received, Math.ceil((event.total ?? event.received + MIB) / MIB)));
      },
    });
    view.stop();
    console.error(`${pc.green('✔')} whole, with the checksum that was asked for`);
    console.log(file);
  } finally {
    view.stop();
  }
}
