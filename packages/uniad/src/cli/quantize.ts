import { Command } from 'commander';
import pc from 'picocolors';
import type { DeviceName } from '../device/device.js';
import { metricColumns } from '../pipeline/evaluate.js';
import { quantize } from '../pipeline/quantize.js';
import type { QuantizationCost } from '../pipeline/quantize.js';
import { counted } from './counted.js';
import { cacheOption, deviceOption } from './options.js';
import { ProgressView } from './progress.js';
import { runCommand } from './run-command.js';

/** All others follow these. */
const SHOWN: readonly string[] = ['imageAuroc', 'pixelAuroc'];

interface QuantizeFlags {
  model: string;
  out: string;
  data?: string[];
  force?: boolean;
  device: DeviceName | 'auto';
  cache?: string;
}

/** `uniad quantize` */
export function quantizeCommand(): Command {
  return new Command('quantize')
    .description(
      'Write a model in 8-bit integers, a quarter of the size and faster on onnxruntime, and say what it costs',
    )
    .requiredOption('--model <run>', 'folder that `uniad train` wrote')
    .requiredOption('--out <run>', 'folder for the model in int8')
    .option('--data <dir...>', 'pictures to measure on what it costs, labelled or good ones')
    .option('--force', 'replace a model that stands there')
    .addOption(deviceOption())
    .addOption(cacheOption())
    .addHelpText('after', '\nExample:\n  $ uniad quantize --model run --out run-int8 --data parts')
    .action((flags: QuantizeFlags) =>
      runCommand(async (signal) => {
        const view = new ProgressView();
        try {
          const { bytes, cost } = await quantize({
            ...flags,
            signal,
            onProgress: ({ pass, done, total }) => view.update(pass === 'before' ? 'float32' : 'int8', done, total),
            onWarning: (message) => view.print(`warning: ${message}`),
          });
          view.stop();
          if (cost) console.log(inWords(cost));
          const [before, after] = [bytes.before, bytes.after].map((size) => `${(size / 1e6).toFixed(1)} MB`);
          console.log(`${pc.green('✔')} model in ${flags.out}, ${after} in place of ${before}`);
        } finally {
          view.stop();
        }
      }),
    );
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

function inWords({ pictures, difference, changedVerdicts, metrics: { before, after } }: QuantizationCost): string {
  const measured = metricColumns.filter(({ name }) => SHOWN.includes(name) && !Number.isNaN(before[name]));
  return [
    `scores of ${counted(pictures, 'picture')} differ by ${percent(difference.mean)} on average, ${percent(difference.max)} at most`,
    `${counted(changedVerdicts, 'verdict')} changed`,
    ...measured.map(({ name, title }) => `${title} ${before[name].toFixed(4)} -> ${after[name].toFixed(4)}`),
  ].join('\n');
}
