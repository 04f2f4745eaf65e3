import { BatchQueue } from './batch-queue.js';
import type { Waiting } from './batch-queue.js';
import { InspectionError, messageOf, ServiceError } from './errors.js';
import type { Finding, InspectionRequest, ModelInfo, WorkerSettings } from './messages.js';
import { WorkerProcess } from './worker-process.js';

/** How long to wait before another worker takes the place of one that ended without ever being ready: doubled each time. */
const [FIRST_DELAY_MS, LONGEST_DELAY_MS] = [250, 10_000];

/** What a pool tells of itself. */
export interface PoolEvents {
  /** A batch was answered. */
  readonly onBatch?: (size: number) => void;
  /** A worker ended unasked. */
  readonly onLost?: (reason: string) => void;
  /** All workers have a changed model, or an error says why they keep the one they had. */
  readonly onReload?: (error?: string) => void;
}

export interface PoolOptions extends PoolEvents {
  readonly worker: WorkerSettings;
  readonly workers: number;
  readonly windowMs: number;
  /** Whether requests are on their way that it may be worth to wait for. */
  readonly expectsMore: () => boolean;
  /** How long one batch may take. */
  readonly timeoutMs: number;
}

interface Job extends Waiting {
  alone: boolean;
  readonly request: InspectionRequest;
  readonly resolve: (finding: Finding) => void;
  readonly reject: (error: unknown) => void;
  /** Whether its asker is gone. */
  readonly gone: () => boolean;
}

/** One model in several workers, and what waits for them. */
export class ModelPool {
  private readonly queue: BatchQueue<Job>;
  /** Each place holds a worker that has its model, or none while another one starts. */
  private readonly places: (WorkerProcess | undefined)[];
  private readonly all = new Set<WorkerProcess>();
  private window: NodeJS.Timeout | undefined;
  private reloading: Promise<void> = Promise.resolve();
  private stopping = false;
  private inWorkers = 0;
  private loaded: ModelInfo | undefined;

  constructor(private readonly options: PoolOptions) {
    this.queue = new BatchQueue(options.windowMs);
    this.places = Array.from({ length: options.workers }, () => undefined);
  }

  /** What the workers loaded last; undefined before the first is ready. */
  get info(): ModelInfo | undefined {
    return this.loaded;
  }

  get waiting(): number {
    return this.queue.length;
  }

  /** Pictures that workers have. */
  get running(): number {
    return this.inWorkers;
  }

  /** The workers that have their model. */
  get workers(): readonly WorkerProcess[] {
    return this.places.filter((worker) => worker !== undefined);
  }

  /** @throws ServiceError when the model cannot be loaded */
  async start(): Promise<void> {
    const started = this.places.map((_, place) => this.startWorker(place));
    const failed = (await Promise.allSettled(started)).find((result) => result.status === 'rejected');
    if (failed) throw new ServiceError(messageOf(failed.reason));
  }

  /**
   * Inspects a picture.
   *
   * @param signal takes the request back: it leaves the queue, or its answer is dropped
   * @throws InspectionError saying what is wrong with the picture, or what went wrong with the worker, twice
   */
  predict(request: InspectionRequest, signal: AbortSignal): Promise<Finding> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        this.queue.remove(job);
        reject(signal.reason);
      };
      const job: Job = {
        request,
        alone: false,
        gone: () => signal.aborted,
        resolve: (finding) => {
          signal.removeEventListener('abort', leave);
          resolve(finding);
        },
        reject: (error) => {
          signal.removeEventListener('abort', leave);
          reject(error);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.queue.add(job);
      this.dispatch();
    });
  }

  /** Has every worker replaced by one that read the model anew, one after the other; where that fails, the old ones stay. */
  reload(): Promise<void> {
    this.reloading = this.reloading.then(async () => {
      try {
        for (const place of this.places.keys()) {
          if (this.stopping) return;
          await this.startWorker(place);
        }
        this.options.onReload?.();
      } catch (error) {
        if (!this.stopping) this.options.onReload?.(messageOf(error));
      }
    });
    return this.reloading;
  }

  /** Ends the workers, once what they run is answered; what still waits is refused. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.window);
    while (this.queue.length > 0) {
      for (const job of this.queue.take()) job.reject(new InspectionError(503, 'the service is stopping'));
    }
    await Promise.all([...this.all].map((worker) => worker.stop()));
  }

  /** Puts a worker in a place once it has its model; the one that was there ends after its batch. */
  private async startWorker(place: number): Promise<void> {
    const worker = new WorkerProcess(this.options.worker);
    this.all.add(worker);
    void worker.ended.then((reason) => this.lose(worker, reason));
    this.loaded = await worker.ready;
    const before = this.places[place];
    this.places[place] = worker;
    void before?.stop();
    this.dispatch();
  }

  private lose(worker: WorkerProcess, reason: string): void {
    this.all.delete(worker);
    const place = this.places.indexOf(worker);
    if (place < 0 || this.stopping) return;
    this.places[place] = undefined;
    this.options.onLost?.(reason);
    void this.replace(place);
  }

  private async replace(place: number): Promise<void> {
    for (let delay = FIRST_DELAY_MS; !this.stopping && !this.places[place]; delay *= 2) {
      try {
        return await this.startWorker(place);
      } catch (error) {
        this.options.onLost?.(messageOf(error));
        await new Promise((resolve) => setTimeout(resolve, Math.min(delay, LONGEST_DELAY_MS)).unref());
      }
    }
  }

  private dispatch(): void {
    clearTimeout(this.window);
    for (const worker of this.workers) {
      if (worker.busy) continue;
      const due = this.queue.dueIn();
      if (due === undefined) return;
      if (due > 0 && this.options.expectsMore()) {
        this.window = setTimeout(() => this.dispatch(), Math.ceil(due));
        return;
      }
      void this.run(worker, this.queue.take());
    }
  }

  private async run(worker: WorkerProcess, jobs: readonly Job[]): Promise<void> {
    const requests = jobs.map(({ request }) => request);
    this.inWorkers += jobs.length;
    try {
      const results = await worker.run(requests, this.options.timeoutMs);
      this.options.onBatch?.(jobs.length);
      jobs.forEach((job, i) => {
        const result = results[i]!;
        if ('error' in result) job.reject(new InspectionError(422, result.error));
        else job.resolve(result);
      });
    } catch (error) {
      this.runAgain(jobs, messageOf(error));
    } finally {
      this.inWorkers -= jobs.length;
    }
    this.dispatch();
  }

  /** Once more, each by itself: one of them may be what ended the worker. */
  private runAgain(jobs: readonly Job[], reason: string): void {
    for (const job of jobs.filter(({ alone }) => alone))
      job.reject(new InspectionError(500, `twice the worker did not answer: ${reason}`));
    const again = jobs.filter((job) => !job.alone && !job.gone());
    if (this.stopping) {
      for (const job of again) job.reject(new InspectionError(503, 'the service is stopping'));
    } else {
      for (const job of again) job.alone = true;
      this.queue.addFirst(again);
    }
  }
}
