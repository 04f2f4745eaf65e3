import type { Compile } from './device.js';

/** What is known of a device that is registered with tfjs, before anything was computed on it. */
export interface Registration {
  readonly compile: Compile;
  /** Why somebody would want it, said when it is chosen. */
  readonly merit: string;
}

/** An optional package that is not there: nothing is wrong, and nobody asked for it. */
export class NotInstalled extends Error {
  constructor(name: string) {
    super(`${name} is not installed`);
  }
}

/** Loads an optional package; what it throws names the package, in one line. */
export async function loadPackage<Module>(
  name: string,
  load: (name: string) => Module | Promise<Module>,
): Promise<Module> {
  try {
    return await load(name);
  } catch (error) {
    const { code } = error as { code?: unknown };
    const missing = code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
    // The quotes tell the package itself from one that it depends on.
    if (missing && firstLine(error).includes(`'${name}'`)) throw new NotInstalled(name);
    throw new Error(`${name}: ${firstLine(error)}`, { cause: error });
  }
}

/** What an error says in its first line. Not `instanceof`: errors of native code can come from another realm. */
export function firstLine(error: unknown): string {
  const message = String((error as Error | null | undefined)?.message ?? error);
  const line = message.split(/\r?\n/).find((part) => part.trim() !== '') ?? 'unknown reason';
  return line.replace(/ imported from .*/, '').trim();
}
