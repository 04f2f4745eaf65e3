import { syntheticKinds, writeSyntheticSet } from '@uniad/datasets';
import { Command } from 'commander';
import pc from 'picocolors';
import { counted } from './counted.js';
import { wholeNumber } from './options.js';
import { ProgressView } from './progress.js';
import { runCommand } from './run-command.js';

interface SynthFlags {
  out: string;
  seed: number;
  kinds: string;
  train: number;
  test: number;
  size: number;
}

/** `uniad synth` */
export function synthCommand(): Command {
  return new Command('synth')
    .description('Draw pictures of industrial parts, good and defective, with masks, to try things on')
    .requiredOption('--out <dir>', 'new or empty folder, for MVTec layout')
    .option('--seed <n>', 'every picture follows from it', wholeNumber(0), 0)
    .option('--kinds <a,b>', 'what to draw', syntheticKinds.join(','))
    .option('--train <n>', 'good pictures of each kind to learn from', wholeNumber(1), 60)
    .option('--test <n>', 'test pictures of each kind, every other one defective', wholeNumber(0), 40)
    .option('--size <n>', 'width and height in pixels', wholeNumber(1), 256)
    .addHelpText('after', '\nExample:\n  $ uniad synth --out parts --kinds capsule,gear,tile --train 60 --test 40')
    .action((flags: SynthFlags) => runCommand((signal) => runSynth(flags, signal)));
}

async function runSynth({ out, kinds, ...numbers }: SynthFlags, signal: AbortSignal): Promise<void> {
  const view = new ProgressView();
  try {
    const names = [...new Set(kinds.split(',').map((name) => name.trim()))];
    await writeSyntheticSet(out, {
      ...numbers,
      kinds: names,
      signal,
      onProgress: ({ done, total }) => view.update('pictures', done, total),
    });
    view.stop();
    console.log(
      `${pc.green('✔')} ${counted(names.length * (numbers.train + numbers.test), 'picture')} of ${names.join(', ')} in ${out}`,
    );
  } finally {
    view.stop();
  }
}
