import type { LeftOut } from '../dataset.js';

const shown = 3;

/** Counts what is left out, by what it is and why. */
export class LeftOutList {
  private readonly entries = new Map<string, { what: string; why: string; count: number; examples: string[] }>();

  add(what: string, why: string, example: string): void {
    const key = `${what}\n${why}`;
    const entry = this.entries.get(key) ?? { what, why, count: 0, examples: [] };
    entry.count++;
    if (entry.count <= shown) entry.examples.push(example);
    this.entries.set(key, entry);
  }

  all(): LeftOut[] {
    return [...this.entries.values()];
  }
}
