import { appendFile, mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { encodeEvent } from './event.js';
import type { Event } from './event.js';
import { tfRecord } from './tf-record.js';

/** The figures of a training as TensorBoard reads them, while they are written. */
export class EventFile {
  private constructor(readonly path: string) {}

  /**
   * Begins a file; TensorBoard reads a folder's files in the order in which they were begun.
   *
   * @param step the first that follows; what earlier files hold of it and later ones no longer counts
   */
  static async open(folder: string, step: number): Promise<EventFile> {
    await mkdir(folder, { recursive: true });
    const name = `events.out.tfevents.${now().toFixed(3)}.${hostname()}.${process.pid}`;
    const file = new EventFile(join(folder, name));
    await file.write({ time: now(), step: 0, fileVersion: 'brain.Event:2' }, { time: now(), step, starts: true });
    return file;
  }

  /** Adds figures of a step; those that are no number are left out. */
  async append(step: number, figures: Readonly<Record<string, number | null>>): Promise<void> {
    const scalars: Record<string, number> = {};
    for (const [name, value] of Object.entries(figures)) {
      if (value !== null && Number.isFinite(value)) scalars[name] = value;
    }
    await this.write({ time: now(), step, scalars });
  }

  /** At the end of the file and at once whole: who reads it while it grows sees all that was appended. */
  private async write(...events: readonly Event[]): Promise<void> {
    await appendFile(this.path, Buffer.concat(events.map((event) => tfRecord(encodeEvent(event)))));
  }
}

const now = () => Date.now() / 1000;
