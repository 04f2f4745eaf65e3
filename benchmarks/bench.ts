/**
 * Times the paper's default model on every device that starts, and on PyTorch where it is installed, one after the
 * other in one run, and prints the ratios. Usage: npm run bench -- [--json FILE] [--devices LIST] [--python COMMAND]
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Table from 'cli-table3';
import { Command } from 'commander';
import type { Figures } from './figures.js';

const here = dirname(fileURLToPath(import.meta.url));
const run = promisify(execFile);

/** Name in the report, device, and how its functions run. */
const entries = [
  ['onnxruntime', 'onnxruntime', 'compiled'],
  ['onnxruntime-eager', 'onnxruntime', 'eager'],
  ['webgpu', 'webgpu', 'eager'],
  ['tensorflow', 'tensorflow', 'eager'],
  ['wasm', 'wasm', 'eager'],
] as const;

async function measureDevice(device: string, mode: string): Promise<Figures> {
  const { stdout } = await run(process.execPath, [...process.execArgv, join(here, 'measure-device.ts'), device, mode]);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Figures;
}

async function measurePeers(python: string): Promise<Record<string, Figures>> {
  await run(python, ['-c', 'import torch']);
  const folder = await mkdtemp(join(tmpdir(), 'uniad-bench-'));
  try {
    await run(python, [join(here, 'peers', 'uniad_torch.py'), '--json', join(folder, 'peers.json')]);
    const peers = JSON.parse(await readFile(join(folder, 'peers.json'), 'utf8')) as Record<string, Figures>;
    return { pytorch: peers.pytorch!, 'pytorch-sdpa': peers['pytorch-sdpa']! };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The first line that says why something did not start. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').find((line) => /Error:/.test(line)) ?? text.split('\n')[0]!;
}

const columns = ['trainStepMs', 'forwardMs', 'forwardBatch1Ms', 'predictMs', 'backbonePerSecond', 'peakRssMB'] as const;

function table(rows: Record<string, Figures>, reference: Figures | undefined): string {
  const view = new Table({ head: ['', ...columns], colAligns: ['left', ...columns.map(() => 'right' as const)] });
  for (const [name, figures] of Object.entries(rows)) {
    const cells = columns.map((column) => {
      const value = figures[column];
      if (value === undefined) return '';
      const base = reference?.[column];
      return base === undefined ? value.toFixed(1) : `${value.toFixed(1)} (${(value / base).toFixed(2)})`;
    });
    view.push([name, ...cells]);
  }
  return view.toString();
}

const flags = new Command('bench')
  .option('--json <file>', 'write the figures as JSON')
  .option('--devices <list>', 'only these, separated by commas', entries.map(([name]) => name).join(','))
  .option('--python <command>', 'the Python that has torch', 'python3')
  .parse()
  .opts<{ json?: string; devices: string; python: string }>();

const devices: Record<string, Figures> = {};
for (const [name, device, mode] of entries.filter(([name]) => flags.devices.split(',').includes(name))) {
  try {
    devices[name] = await measureDevice(device, mode);
    console.error(`${name} measured`);
  } catch (error) {
    console.error(`${name} does not start: ${reasonOf(error)}`);
  }
}
let peers: Record<string, Figures> = {};
try {
  peers = await measurePeers(flags.python);
} catch (error) {
  console.error(`no PyTorch: ${reasonOf(error)}`);
}
console.log(table({ ...devices, ...peers }, peers.pytorch));
if (peers.pytorch) console.log('In brackets: the ratio to pytorch.');
if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify({ devices, peers }, null, 2)}\n`);
