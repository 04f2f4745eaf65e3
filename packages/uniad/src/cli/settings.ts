import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import * as v from 'valibot';
import { ConfigError } from '../errors.js';
import { merge } from '../merge.js';
import { belowOne, that, validate } from '../validate.js';

/** One `--set key=value`. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** What `--config` and `--set` change of a preset. */
export interface Settings {
  readonly config: Record<string, unknown>;
  readonly training: Record<string, unknown>;
  readonly holdOut?: number | undefined;
}

const group = that<Record<string, unknown>>(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

const schema = v.object({
  config: v.optional(group, {}),
  training: v.optional(group, {}),
  holdOut: v.optional(belowOne),
});

/** For commander: `key=value`, its value as JSON or as text, added to those before. */
export function setting(text: string, before: Setting[]): Setting[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected key=value.');
  const path = text.slice(0, at).split('.');
  return [...before, { path, value: parsed(text.slice(at + 1)) }];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * The settings of a file with single ones in their place; keys that start with `training.` are those of the training.
 *
 * @throws ConfigError naming the file when it holds something else
 */
export async function readSettings(file: string | undefined, single: readonly Setting[]): Promise<Settings> {
  let settings: Settings = { config: {}, training: {} };
  if (file !== undefined) {
    const json = await readFile(file, 'utf8').then(
      (text) => {
        try {
          return JSON.parse(text) as unknown;
        } catch (error) {
          throw new ConfigError(`Expected JSON in ${file}: ${(error as Error).message}`);
        }
      },
      (error: NodeJS.ErrnoException) => {
        throw new ConfigError(`Cannot read ${file}: ${error.message}`);
      },
    );
    settings = validate(schema, json, file, (message) => new ConfigError(message));
  }
  for (const { path, value } of single) {
    if (path[0] === 'holdOut') settings = { ...settings, holdOut: value as number };
    else if (path[0] === 'training')
      settings = { ...settings, training: merge(settings.training, nested(path.slice(1), value)) };
    else settings = { ...settings, config: merge(settings.config, nested(path, value)) };
  }
  return settings;
}

/** `{ a: { b: value } }` of the path a, b. */
function nested(path: readonly string[], value: unknown): Record<string, unknown> {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}
