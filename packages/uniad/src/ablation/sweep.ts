import { defaultCache } from '@uniad/datasets';
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceName } from '../device/device.js';
import type { ExpandedRow } from './expand.js';
import { uniadProgram } from './program.js';
import { readResult } from './unit.js';
import type { Unit, UnitPlace, UnitResult } from './unit.js';

/** What became of a unit: figures, or the reason why there are none. */
export type Outcome = UnitResult | { readonly error: string };

/** Where a sweep writes, what it keeps, who is told, and what stops it. */
export interface SweepOptions {
  readonly out: string;
  /** Where features are kept. */
  readonly cache?: string | undefined;
  readonly device?: DeviceName | 'auto';
  /** Worker processes at a time; 1 by default. */
  readonly jobs?: number;
  /** Told of each row that is done. */
  readonly onOutcome?: (progress: { readonly done: number; readonly total: number; readonly outcome: Outcome }) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs every unit once, each in a process of its own; what was finished before is kept, what fails is reported and stops
 * nothing.
 *
 * @returns the outcome of each unit by its key
 */
export async function sweep(
  rows: readonly ExpandedRow[],
  options: SweepOptions,
): Promise<ReadonlyMap<string, Outcome>> {
  const units = new Map(rows.flatMap(({ seeds }) => seeds.flat()).map(({ key, unit }) => [key, unit]));
  const outcomes = new Map<string, Outcome>();
  // An ES module alone: whoever requires this package loads it only here.
  const { default: pLimit } = await import('p-limit');
  const limit = pLimit(options.jobs ?? 1);
  await Promise.all(
    [...units].map(([key, unit]) =>
      limit(async () => {
        options.signal?.throwIfAborted();
        const outcome = await runOrRead(unit, join(options.out, 'runs', key), options);
        outcomes.set(key, outcome);
        options.onOutcome?.({ done: outcomes.size, total: units.size, outcome });
      }),
    ),
  );
  return outcomes;
}

async function runOrRead(unit: Unit, folder: string, options: SweepOptions): Promise<Outcome> {
  try {
    return (await readResult(folder)) ?? (await runInProcess(unit, folder, options));
  } catch (error) {
    options.signal?.throwIfAborted();
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function runInProcess(
  unit: Unit,
  folder: string,
  { cache = defaultCache, device = 'auto', signal }: SweepOptions,
): Promise<UnitResult> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'unit.json');
  const place: UnitPlace = { folder, cache, device };
  await writeFile(file, `${JSON.stringify({ unit, place }, null, 2)}\n`);
  const child = spawn(process.execPath, [...uniadProgram(), 'ablate-unit', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal && { signal }),
  });
  let last = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (last = (last + text).slice(-2000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const result = code === 0 ? await readResult(folder) : undefined;
  if (result) return result;
  const reason = /error: (.*)/.exec(last)?.[1] ?? last.trim().split('\n').at(-1);
  throw new Error(reason || `the worker ended with code ${code}`);
}
