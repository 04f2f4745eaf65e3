import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ModelPool } from './model-pool.js';
import { BATCH } from './batch-queue.js';

/** What Prometheus sees of a service. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly registers = [this.registry];
  readonly requests = new Counter({
    name: 'uniad_requests_total',
    help: 'Requests for inspection that were answered, by HTTP status; 499 where the client hung up.',
    labelNames: ['model', 'status'],
    registers: this.registers,
  });
  readonly seconds = new Histogram({
    name: 'uniad_request_seconds',
    help: 'From the head of a request for inspection to the end of its answer.',
    labelNames: ['model'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: this.registers,
  });
  readonly anomalous = new Counter({
    name: 'uniad_inspections_total',
    help: 'Pictures that were inspected, by what was found.',
    labelNames: ['model', 'anomalous'],
    registers: this.registers,
  });
  readonly batches = new Histogram({
    name: 'uniad_batch_size',
    help: 'Pictures that went to a worker together.',
    labelNames: ['model'],
    buckets: Array.from({ length: BATCH }, (_, i) => i + 1),
    registers: this.registers,
  });
  readonly lost = new Counter({
    name: 'uniad_workers_lost_total',
    help: 'Workers that ended unasked, or could not start.',
    labelNames: ['model'],
    registers: this.registers,
  });
  readonly reloads = new Counter({
    name: 'uniad_reloads_total',
    help: 'Changes of a model folder, by whether the workers have the changed model.',
    labelNames: ['model', 'outcome'],
    registers: this.registers,
  });

  constructor(pools: ReadonlyMap<string, ModelPool>, taken: () => number) {
    collectDefaultMetrics({ register: this.registry });
    const perModel = (name: string, help: string, valueOf: (pool: ModelPool) => number) =>
      new Gauge({
        name,
        help,
        labelNames: ['model'],
        registers: this.registers,
        collect() {
          for (const [model, pool] of pools) this.set({ model }, valueOf(pool));
        },
      });
    perModel('uniad_waiting', 'Requests that wait for a worker.', (pool) => pool.waiting);
    perModel('uniad_workers', 'Workers that have their model.', (pool) => pool.workers.length);
    perModel('uniad_workers_resident_bytes', 'Memory of the workers, as they last said.', (pool) =>
      pool.workers.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    );
    new Gauge({
      name: 'uniad_requests_taken',
      help: 'Requests for inspection that are read, wait or run.',
      registers: this.registers,
      collect() {
        this.set(taken());
      },
    });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}
