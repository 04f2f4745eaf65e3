import { availableParallelism } from 'node:os';
import type { DeviceName } from '@uniad/core';
import { ServiceError } from './errors.js';

/** How {@link serve} serves. */
export interface ServeOptions {
  /** The folders of trained models by the names that requests call them; the first is the one that is meant where none is named. */
  readonly models: Readonly<Record<string, string>>;
  /** 8080 by default; 0 takes a free one. */
  readonly port?: number | undefined;
  /** `127.0.0.1` by default, which only this machine reaches. */
  readonly host?: string | undefined;
  /** What requests for inspection must bear (`Authorization: Bearer ...`); anyone may ask where there is none. */
  readonly token?: string | undefined;
  /** Where models run; `auto` by default. */
  readonly device?: DeviceName | 'auto' | undefined;
  /** Worker processes for each model; one for every two cores by default. */
  readonly workers?: number | undefined;
  /** Requests that are taken at once, read, waiting or run; 64 by default. The next is answered 503. */
  readonly maxRequests?: number | undefined;
  /** Of a request's body; 32 MiB by default. */
  readonly maxBytes?: number | undefined;
  /** Of a picture; 100 million by default. */
  readonly maxPixels?: number | undefined;
  /** Milliseconds until a request, or a batch in a worker, is given up; 30,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds that a picture waits at most for others, whose requests are being read, to be inspected with; 5 by default. */
  readonly windowMs?: number | undefined;
  /** Is told what happens to workers and models, and what went wrong inside; nothing is told by default. */
  readonly onEvent?: ((event: ServiceEvent) => void) | undefined;
}

/** What happens that no answer tells, or not to the one who runs the service. */
export type ServiceEvent =
  | { readonly type: 'error'; readonly reason: string }
  | { readonly type: 'loaded'; readonly model: string; readonly device: string; readonly workers: number }
  | { readonly type: 'reloaded'; readonly model: string }
  | { readonly type: 'reload-failed'; readonly model: string; readonly reason: string }
  | { readonly type: 'worker-lost'; readonly model: string; readonly reason: string };

/** Names are parts of addresses. */
const NAME = /^[A-Za-z0-9][\w.-]*$/;

type Required_ = Required<{ [K in keyof ServeOptions]: NonNullable<ServeOptions[K]> }>;

/** The options with their defaults. */
export type Settings = Omit<Required_, 'token' | 'onEvent'> &
  Pick<ServeOptions, 'token' | 'onEvent'> & {
    /** Of each worker. */
    readonly threads: number;
  };

/** @throws ServiceError naming the first option that cannot be */
export function settingsOf(options: ServeOptions): Settings {
  const cores = availableParallelism();
  const workers = options.workers ?? Math.max(1, Math.floor(cores / 2));
  const names = Object.keys(options.models);
  if (names.length === 0) throw new ServiceError('Expected at least one model');
  for (const name of names) {
    if (!NAME.test(name)) {
      throw new ServiceError(
        `Expected letters, digits, dots and dashes for a model's name but received ${JSON.stringify(name)}`,
      );
    }
  }
  if (options.token === '') throw new ServiceError('Expected a token that is not empty');
  const settings: Settings = {
    models: options.models,
    port: options.port ?? 8080,
    host: options.host ?? '127.0.0.1',
    token: options.token,
    device: options.device ?? 'auto',
    workers,
    threads: Math.max(1, Math.floor(cores / workers)),
    maxRequests: options.maxRequests ?? 64,
    maxBytes: options.maxBytes ?? 32 * 2 ** 20,
    maxPixels: options.maxPixels ?? 100e6,
    timeoutMs: options.timeoutMs ?? 30_000,
    windowMs: options.windowMs ?? 5,
    onEvent: options.onEvent,
  };
  for (const name of ['workers', 'maxRequests', 'maxBytes', 'maxPixels', 'timeoutMs'] as const)
    requireWhole(name, settings[name], 1);
  for (const name of ['port', 'windowMs'] as const) requireWhole(name, settings[name], 0);
  return settings;
}

function requireWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new ServiceError(`Expected a whole number of at least ${least} for ${name} but received ${value}`);
}
