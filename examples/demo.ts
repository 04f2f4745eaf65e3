/**
 * The whole idea in a few minutes, offline: draws pictures of parts, trains one model on the good ones of every kind,
 * measures how well it finds the defects of others, and writes a report.
 * Usage: npm run demo [-- --out DIR --seed N]
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import {
  evaluate,
  load,
  openDataset,
  readTrainingRecord,
  SampleInspector,
  selectDevice,
  train,
  writeReport,
  writeSyntheticSet,
} from '@uniad/core';
import { Command, InvalidArgumentError } from 'commander';

const KINDS = ['bolt', 'gear', 'brushed_metal', 'leather', 'wood'];
const PICTURES = { train: 64, test: 40, size: 224 };
const DEFAULT_OUT = 'demo';

const command = new Command('npm run demo --')
  .description('Draws parts, trains one model on the good ones, finds the defects of others, and writes report.html')
  .option('--out <dir>', `new or empty folder for everything (default: ${DEFAULT_OUT}, replaced)`)
  .option('--seed <n>', 'pictures and model follow from it', wholeNumber, 0)
  .parse();
const flags = command.opts<{ out?: string; seed: number }>();
const { seed } = flags;
const out = resolve(flags.out ?? DEFAULT_OUT);
if (flags.out === undefined) await rm(out, { recursive: true, force: true }); // An earlier demo's, and nobody else's.
const taken = await readdir(out).catch((error: NodeJS.ErrnoException) =>
  error.code === 'ENOENT' ? [] : command.error(`error: Expected a folder at ${out} but found a file`),
);
if (taken.length > 0) command.error(`error: Expected an empty or new folder at ${out} but found ${taken[0]} in it`);

const times: { part: string; seconds: number }[] = [];
async function timed<T>(part: string, work: () => Promise<T>): Promise<T> {
  console.log(`${part} ...`);
  const started = performance.now();
  const result = await work();
  times.push({ part, seconds: Number(((performance.now() - started) / 1000).toFixed(1)) });
  return result;
}

const parts = join(out, 'parts');
const run = join(out, 'run');
const cache = join(out, 'features');

await timed('drawing pictures', () => writeSyntheticSet(parts, { seed, kinds: KINDS, ...PICTURES }));

let fold = 0;
const model = await timed('training', () =>
  train({
    data: parts,
    out: run,
    crossFit: 3, // Thresholds rest on all good pictures, not on the twelve of each kind that would be held out.
    training: { seed, epochs: 12 }, // Drawn parts are learned sooner than real ones.
    cache,
    onEvent: (event) => {
      if (event.type === 'device') console.log(`  ${event.device.reason}`);
      if (event.type === 'pictures') console.log(`  ${event.train} good pictures of ${event.categories.join(', ')}`);
      if (event.type === 'epoch')
        console.log(`  epoch ${event.log.epoch}/${event.epochs}  loss ${event.log.loss.toFixed(3)}`);
      if (event.type === 'fold' && event.fold > fold) {
        fold = event.fold;
        console.log(`  once more without part ${fold} of ${event.folds}, for the thresholds`);
      }
    },
  }),
);

const dataset = await openDataset(parts);
const inspector = new SampleInspector(model, await selectDevice(), cache);
const evaluation = await timed('evaluating', () => evaluate(inspector, dataset));
const { categories, mean } = evaluation;
await writeFile(join(out, 'metrics.json'), `${JSON.stringify({ categories, mean }, null, 2)}\n`);
const report = await timed('writing the report', async () =>
  writeReport(out, { inspector, evaluation, training: await readTrainingRecord(run), data: parts }),
);
inspector.dispose();

// As a product would: one picture, one verdict.
const findings = await timed('predicting', async () => {
  const inspector = await load(run);
  const lines: string[] = [];
  await mkdir(join(out, 'heat'));
  for (const { name, test } of dataset.categories) {
    for (const sample of [test.find(({ anomalous }) => anomalous)!, test.find(({ anomalous }) => !anomalous)!]) {
      const { anomalous, score, threshold, heatMap } = await inspector.predict(sample.path);
      await writeFile(join(out, 'heat', `${name}-${sample.defect}.png`), await heatMap());
      lines.push(
        `  ${sample.id}: ${anomalous ? 'anomalous' : 'normal'} (${score.toFixed(2)}, threshold ${threshold.toFixed(2)})`,
      );
    }
  }
  inspector.dispose();
  return lines;
});

console.log(findings.join('\n'));
const figures = Object.entries({ ...categories, mean }).map(([kind, { imageAuroc, pixelAuroc }]) => [
  kind,
  { 'image AUROC': Number(imageAuroc.toFixed(4)), 'pixel AUROC': Number(pixelAuroc.toFixed(4)) },
]);
console.table(Object.fromEntries(figures));
times.push({ part: 'all', seconds: Number(times.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(1)) });
console.table(Object.fromEntries(times.map(({ part, seconds }) => [part, { seconds }])));
console.log(`report: ${pathToFileURL(report).href}`);

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number of at least 0.');
  return Number(text);
}
