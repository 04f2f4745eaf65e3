/**
 * Prints how well methods tell and find defects beside each other, how long they learn, how long a picture takes and how large the
 * models are:
 *
 *     node --conditions=@uniad/source --import tsx benchmarks/methods.ts --data DATA --out methods.jsonl
 *
 * Every run is a line of the file given by `--out`; what stands there already is not run again. `--help` lists the settings.
 */
import { appendFile, readFile } from 'node:fs/promises';
import { presets } from '@uniad/core';
import type { ConfigOverrides, PresetName } from '@uniad/core';
import { Command, Option } from 'commander';
import { measureMethod } from './measure-method.js';
import type { MethodRun, Setting } from './measure-method.js';
import { methodTable } from './method-table.js';

interface Flags {
  readonly data: string;
  readonly out: string;
  readonly cache: string;
  readonly pictures: string;
  readonly config: string;
  readonly seeds: string;
  readonly run: string[];
  readonly backbone: string[];
  readonly setting: Setting[];
}

const flags = new Command('methods')
  .requiredOption('--data <folder>', 'pictures in MVTec layout')
  .option('--out <file>', 'JSON lines, one a run', 'methods.jsonl')
  .option('--cache <folder>', 'where features are kept', '.methods-cache')
  .option('--run <presets...>', 'what to run, each PRESET or PRESET:EPOCHS', Object.keys(presets))
  .option('--pictures <n>', 'training pictures of each category', '90')
  .option('--config <json>', "settings in place of the presets'", '{}')
  .option('--seeds <n>', 'runs of each kind', '3')
  .option('--backbone <names...>', 'feature extractors, each NAME or NAME=WEIGHTS', ['uniad_tiny'])
  .addOption(
    new Option('--setting <names...>', 'one model for all categories, or one each')
      .choices(['unified', 'separate'])
      .default(['unified']),
  )
  .parse()
  .opts<Flags>();

const done = new Map<string, MethodRun>();
for (const line of (await readFile(flags.out, 'utf8').catch(() => '')).split('\n').filter(Boolean)) {
  const { key, ...run } = JSON.parse(line) as MethodRun & { readonly key: string };
  done.set(key, run);
}

const groups: { readonly title: string; readonly runs: MethodRun[] }[] = [];
for (const setting of flags.setting) {
  for (const named of flags.backbone) {
    const [backbone = '', weights] = named.split('=');
    for (const text of flags.run) {
      const [preset = '', epochs] = text.split(':');
      if (!(preset in presets)) {
        throw new Error(`Expected one of ${Object.keys(presets).join(', ')} but received ${preset}`);
      }
      const changed = flags.config === '{}' ? '' : `, ${flags.config}`;
      const group = { title: `${text}, ${backbone}${changed}, ${setting}`, runs: [] as MethodRun[] };
      groups.push(group);
      for (let seed = 0; seed < Number(flags.seeds); seed++) {
        const options = {
          data: flags.data,
          cache: flags.cache,
          preset: preset as PresetName,
          epochs: epochs === undefined ? undefined : Number(epochs),
          backbone,
          weights,
          config: JSON.parse(flags.config) as ConfigOverrides,
          setting,
          pictures: Number(flags.pictures),
          seed,
        };
        const key = JSON.stringify([options, presets[options.preset]], (name, value: unknown) =>
          name === 'cache' ? undefined : value,
        );
        let run = done.get(key);
        if (!run) {
          run = await measureMethod(options);
          await appendFile(flags.out, `${JSON.stringify({ key, ...run })}\n`);
        }
        group.runs.push(run);
        console.error(methodTable([{ title: `${group.title}, seed ${seed}`, runs: [run] }]));
      }
    }
  }
}
console.log(methodTable(groups));
