import { join } from 'node:path';
import { defaultCache, openDataset } from '@uniad/datasets';
import type { Sample } from '@uniad/datasets';
import { Command } from 'commander';
import pc from 'picocolors';
import type { DeviceName } from '../device/device.js';
import { selectDevice } from '../device/select-device.js';
import { ConfigError, RunError } from '../errors.js';
import { openOutputFolder } from '../files/outputs.js';
import { writeAtomically } from '../files/write-atomically.js';
import { readModel } from '../pipeline/read-model.js';
import { ReconstructionRenderer } from '../rendering/reconstruction-renderer.js';
import { drawRenderings } from '../rendering/draw-renderings.js';
import { cacheOption, deviceOption, positiveNumber, wholeNumber } from './options.js';
import { ProgressView } from './progress.js';
import { runCommand } from './run-command.js';

interface RenderFlags {
  model: string[];
  data: string[];
  out: string;
  epochs: number;
  width: number;
  each: number;
  seed: number;
  device: DeviceName | 'auto';
  cache?: string;
}

/** `uniad render` */
export function renderCommand(): Command {
  return new Command('render')
    .description('Draw what models reconstruct of anomalous pictures, beside one another (figures 2b, 6 and A2)')
    .requiredOption('--model <run...>', 'folders that `uniad train` wrote, on the same features')
    .requiredOption('--data <dir...>', 'labelled pictures')
    .requiredOption('--out <dir>', 'a picture grid of each kind')
    .option('--epochs <n>', 'of training the decoder that draws', wholeNumber(1), 30)
    .option('--width <x>', "of the decoder's layers, relative to ResNet-34", positiveNumber, 0.25)
    .option('--each <n>', 'anomalous pictures of each kind', wholeNumber(1), 4)
    .option('--seed <n>', 'everything random follows from it', wholeNumber(0), 0)
    .addOption(deviceOption())
    .addOption(cacheOption())
    .addHelpText('after', '\nExample:\n  $ uniad render --model mlp transformer uniad --data parts --out renderings')
    .action((flags: RenderFlags) => runCommand((signal) => runRender(flags, signal)));
}

async function runRender(flags: RenderFlags, signal: AbortSignal): Promise<void> {
  const view = new ProgressView();
  const models = await Promise.all(
    flags.model.map(async (run) => ({ name: run.split(/[/\\]/).filter(Boolean).at(-1)!, model: await readModel(run) })),
  );
  const dataset = await openDataset(flags.data, view.opening(flags.cache, signal));
  const samples = dataset.categories.flatMap(({ train, test }) => [...train, ...test]);
  const shown = dataset.categories.map(({ name, test }) => ({
    name,
    samples: spread(
      test.filter(({ anomalous }) => anomalous),
      flags.each,
    ),
  }));
  if (shown.every(({ samples }) => samples.length === 0)) {
    throw new RunError(`Expected anomalous test pictures in ${flags.data.join(', ')} but found none`);
  }
  const [first] = models;
  if (!first) throw new ConfigError('Expected at least one model but received none');
  const device = await selectDevice(flags.device);
  view.print(device.reason);
  await openOutputFolder(flags.out, flags.data);
  const renderer = new ReconstructionRenderer(models, device, flags.cache ?? defaultCache);
  try {
    const { epochs, width, seed } = flags;
    await renderer.learn(samples, {
      epochs,
      width,
      seed,
      signal,
      onFeatures: ({ done, total }) => view.update('features', done, total),
      onStep: ({ done, total, loss }) => view.update('decoder', done, total, `error ${loss.toFixed(4)}`),
    });
    for (const { name, samples } of shown) {
      if (samples.length === 0) continue;
      signal.throwIfAborted();
      const path = join(flags.out, `${name}.png`);
      await writeAtomically(path, await drawRenderings(renderer, samples));
      console.log(`${pc.green('✔')} ${path}`);
    }
  } finally {
    view.stop();
    renderer.dispose();
  }
}

/** So many of the pictures, evenly over all. */
function spread(samples: readonly Sample[], count: number): Sample[] {
  const step = Math.max(1, samples.length / count);
  return Array.from({ length: Math.min(count, samples.length) }, (_, i) => samples[Math.floor(i * step)]!);
}
