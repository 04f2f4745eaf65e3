import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../files/write-atomically.js';

/** How far a training had come after an epoch (figure 2a); null where a figure does not exist. */
export interface CurvePoint {
  readonly epoch: number;
  readonly loss: number;
  readonly imageAuroc: number | null;
  readonly pixelAuroc: number | null;
}

const FILE = 'curve.json';

/** The points of a run's curve; none where it was not asked for. */
export async function readCurve(run: string): Promise<CurvePoint[]> {
  const text = await readFile(join(run, FILE), 'utf8').catch(() => '[]');
  return JSON.parse(text) as CurvePoint[];
}

/** Adds a point; those of an earlier attempt at the same or later epochs make room. */
export async function appendPoint(run: string, point: CurvePoint): Promise<void> {
  const before = (await readCurve(run)).filter(({ epoch }) => epoch < point.epoch);
  await writeAtomically(join(run, FILE), `${JSON.stringify([...before, point], null, 2)}\n`);
}
