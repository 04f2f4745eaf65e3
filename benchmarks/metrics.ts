/**
 * Times the exact pixel AUROC at MVTec's scale (1725 maps of 224 x 224) beside scikit-learn's, and AUPRO beside anomalib's on
 * fewer maps, one after the other on one core in one run, and prints seconds, memory and ratios:
 *
 *     node --conditions=@uniad/source --import tsx benchmarks/metrics.ts --python PYTHON
 *
 * PYTHON has scikit-learn and anomalib installed; without either its rows are left out. `--help` lists the settings.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Generator } from '@uniad/nn';
import Table from 'cli-table3';
import { Command } from 'commander';

/** What one process measured of one metric: reading the files is not counted, but all that lies in memory is. */
interface Measured {
  readonly value: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakRssMB: number;
  /** By how much the value can differ from the exact one. */
  readonly bound: number;
}

const here = dirname(fileURLToPath(import.meta.url));
const run = promisify(execFile);
const flags = new Command('metrics')
  .option('--maps <n>', 'for AUROC', '1725')
  .option('--aupro-maps <n>', 'for AUPRO, from the same ones', '400')
  .option('--side <n>', 'rows and columns of a map', '224')
  .option('--bins <n>', 'of the binned AUROC', String(2 ** 16))
  .option('--python <command>', 'the Python that has scikit-learn and anomalib', 'python3')
  .parse()
  .opts<{ maps: string; auproMaps: string; side: string; bins: string; python: string }>();
const side = Number(flags.side);

/** Log-normal scores, higher inside one disc on three of four maps, written map by map. */
async function writeMaps(folder: string): Promise<void> {
  const generator = new Generator(0);
  const scores = new Float32Array(side * side);
  const mask = new Uint8Array(side * side);
  const [maps, masks] = await Promise.all(['maps', 'masks'].map((name) => open(join(folder, name), 'w')));
  const placeOf = new Float32Array(3);
  for (let index = 0; index < Number(flags.maps); index++) {
    generator.fillUniform(placeOf, 0, 1);
    const [y, x] = [placeOf[0]! * side, placeOf[1]! * side];
    const radius = index % 4 === 0 ? 0 : (0.03 + 0.15 * placeOf[2]!) * side;
    generator.fillNormal(scores, 0, 0.5);
    for (let i = 0; i < mask.length; i++) {
      mask[i] = Number(Math.hypot(Math.floor(i / side) - y, (i % side) - x) < radius);
      scores[i] = Math.exp(scores[i]! + mask[i]!);
    }
    await maps!.write(scores);
    await masks!.write(mask);
  }
  await Promise.all([maps!.close(), masks!.close()]);
}

async function measure(command: string, args: readonly string[]): Promise<Measured> {
  const pinned = process.platform === 'linux' ? ['taskset', '-c', '0', command, ...args] : [command, ...args];
  const threads = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
  const { stdout } = await run(pinned[0]!, pinned.slice(1), { env: { ...process.env, ...threads } });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
}

const folder = await mkdtemp(join(tmpdir(), 'uniad-metrics-'));
try {
  await writeMaps(folder);
  const node = (...args: string[]) =>
    measure(process.execPath, [...process.execArgv, join(here, 'measure-metrics.ts'), folder, flags.side, ...args]);
  const python = (...args: string[]) =>
    measure(flags.python, [join(here, 'peers', 'metrics.py'), folder, flags.side, ...args]);
  const columns = ['seconds', 'cpuSeconds', 'peakRssMB'] as const;
  const right = 'right' as const;
  const table = new Table({ head: ['', 'value', ...columns], colAligns: ['left', right, right, right, right] });
  const addRow = (title: string, measured: Measured, base?: Measured) => {
    const cells = columns.map((column) => {
      const ratio = base === undefined ? '' : ` (${(measured[column] / base[column]).toFixed(2)})`;
      return `${measured[column].toFixed(2)}${ratio}`;
    });
    table.push([title, measured.value.toFixed(9), ...cells]);
  };
  const addPair = async (metric: 'auroc' | 'aupro', maps: string, peer: string) => {
    const own = await node(maps, metric);
    const theirs = await python(maps, metric).catch((error: unknown) => {
      console.error(`no ${peer}: ${String(error).trim().split('\n').at(-1)}`);
      return undefined;
    });
    addRow(`${metric} of ${maps} maps`, own, theirs);
    if (theirs) addRow(`${metric} of ${maps} maps, ${peer}`, theirs);
    return own;
  };
  const exact = await addPair('auroc', flags.maps, 'scikit-learn');
  await addPair('aupro', flags.auproMaps, 'anomalib');
  addRow(`aupro of ${flags.maps} maps`, await node(flags.maps, 'aupro'));
  const binned = await node(flags.maps, 'auroc', flags.bins);
  addRow(`auroc of ${flags.maps} maps in ${flags.bins} bins`, binned);
  console.log(table.toString());
  console.log('In brackets: the ratio to the peer in the next row.');
  const error = Math.abs(binned.value - exact.value);
  console.log(`In bins the AUROC is off by ${error.toExponential(1)}, at most by ${binned.bound.toExponential(1)}.`);
} finally {
  await rm(folder, { recursive: true });
}
