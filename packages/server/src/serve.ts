import { messageOf, ServiceError } from './errors.js';
import { createApp } from './http/app.js';
import { Places } from './http/places.js';
import { Metrics } from './metrics.js';
import { ModelPool } from './model-pool.js';
import { settingsOf } from './options.js';
import type { ServeOptions, Settings } from './options.js';
import { watchModel } from './watch-model.js';

/** How often a service that closes looks for connections that nothing is asked over any more. */
const SWEEP_MS = 50;

/** A service that answers. */
export interface Service {
  /** Where it is reached. */
  readonly url: string;
  /** The processes of its workers, by model. */
  workers(): Readonly<Record<string, readonly number[]>>;
  /** Takes no more requests, answers those that it has, and ends the workers. */
  close(): Promise<void>;
}

/**
 * Inspects pictures over HTTP.
 *
 * @returns once every worker has its model
 * @throws ServiceError naming what is wrong with an option, a model or the address
 */
export async function serve(options: ServeOptions): Promise<Service> {
  const settings = settingsOf(options);
  const places = new Places(settings.maxRequests);
  const pools = new Map<string, ModelPool>();
  const metrics = new Metrics(pools, () => places.taken);
  /** Some that are taken are still being read. */
  const expectsMore = () =>
    places.taken > [...pools.values()].reduce((sum, pool) => sum + pool.waiting + pool.running, 0);
  for (const [name, folder] of Object.entries(settings.models)) {
    pools.set(name, createPool(name, folder, settings, metrics, expectsMore));
  }
  const app = await createApp(settings, {
    pools,
    places,
    metrics,
    timeoutMs: settings.timeoutMs,
    maxBytes: settings.maxBytes,
    onError: (reason) => settings.onEvent?.({ type: 'error', reason }),
  });
  const watchers: (() => void)[] = [];
  const close = async () => {
    for (const end of watchers) end();
    // Connections that are kept alive would hold it up once their last request is answered.
    const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
    await app.close().finally(() => clearInterval(sweep));
    await Promise.all([...pools.values()].map((pool) => pool.stop()));
  };
  try {
    const { host, port } = settings;
    const url = await app.listen({ host, port }).catch((error: unknown) => {
      throw new ServiceError(`Cannot listen at ${host}, port ${port}: ${messageOf(error)}`);
    });
    for (const [name, pool] of pools) {
      const folder = settings.models[name]!;
      watchers.push(watchModel(folder, () => void pool.reload()));
    }
    await Promise.all(
      [...pools].map(async ([model, pool]) => {
        await pool.start();
        settings.onEvent?.({ type: 'loaded', model, device: pool.info!.device, workers: pool.workers.length });
      }),
    );
    const workers = () =>
      Object.fromEntries([...pools].map(([name, pool]) => [name, pool.workers.map(({ pid }) => pid!)]));
    let closed: Promise<void> | undefined;
    return { url, workers, close: () => (closed ??= close()) };
  } catch (error) {
    await close();
    throw error;
  }
}

function createPool(
  model: string,
  folder: string,
  settings: Settings,
  metrics: Metrics,
  expectsMore: () => boolean,
): ModelPool {
  const { device, threads, maxPixels, workers, windowMs, timeoutMs, onEvent } = settings;
  return new ModelPool({
    worker: { folder, device, threads, maxPixels },
    workers,
    windowMs,
    expectsMore,
    timeoutMs,
    onBatch: (size) => metrics.batches.observe({ model }, size),
    onLost: (reason) => {
      metrics.lost.inc({ model });
      onEvent?.({ type: 'worker-lost', model, reason });
    },
    onReload: (reason) => {
      metrics.reloads.inc({ model, outcome: reason === undefined ? 'taken' : 'failed' });
      onEvent?.(reason === undefined ? { type: 'reloaded', model } : { type: 'reload-failed', model, reason });
    },
  });
}
