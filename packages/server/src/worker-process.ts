import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { InspectionRequest, ModelInfo, Order, Report, Result, WorkerSettings } from './messages.js';

/** How long a worker may take to load its model, and to end once it was told to. */
const LOAD_MS = 120_000;
const STOP_MS = 5_000;

const fromSource = import.meta.url.endsWith('.ts');
const program = fileURLToPath(new URL(fromSource ? './worker.ts' : './worker.js', import.meta.url));
const execArgv = fromSource ? ['--conditions=@uniad/source', '--import', 'tsx'] : [];

/** A worker seen from the service. It runs one batch at a time. */
export class WorkerProcess {
  private readonly child: ChildProcess;
  private batch: PromiseWithHandlers<readonly Result[]> | undefined;
  private failure: string | undefined;
  /** Of the worker's process, as it last said. */
  residentBytes = 0;
  /** Resolves once the model is loaded; rejects with why it is not. */
  readonly ready: Promise<ModelInfo>;
  /** Resolves when the process is gone, with how it ended. */
  readonly ended: Promise<string>;

  constructor(settings: WorkerSettings) {
    this.child = fork(program, [], {
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ready = withHandlers<ModelInfo>();
    this.ready = ready.promise;
    const loading = setTimeout(() => this.kill(`it did not load its model within ${LOAD_MS / 1000} s`), LOAD_MS);
    this.child.on('message', (report: Report) => {
      switch (report.type) {
        case 'ready':
          clearTimeout(loading);
          return ready.resolve(report.info);
        case 'failed':
          this.failure = report.error;
          return;
        case 'done':
          this.residentBytes = report.residentBytes;
          this.batch?.resolve(report.results);
          this.batch = undefined;
      }
    });
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        clearTimeout(loading);
        const reason = this.failure ?? how;
        ready.reject(new Error(reason));
        this.batch?.reject(new Error(reason));
        this.batch = undefined;
        resolve(reason);
      };
      this.child.once('error', (error) => end(error.message));
      this.child.once('exit', (code, signal) =>
        end(signal ? `it was ended by ${signal}` : `it ended with code ${code}`),
      );
    });
    this.ready.catch(() => {}); // Told by `ended` as well.
    this.send({ type: 'load', settings });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get busy(): boolean {
    return this.batch !== undefined;
  }

  /**
   * @returns one result for each request
   * @throws Error when the worker ends before it answers, or takes longer than `timeoutMs`, which ends it
   */
  async run(requests: readonly InspectionRequest[], timeoutMs: number): Promise<readonly Result[]> {
    const batch = withHandlers<readonly Result[]>();
    this.batch = batch;
    this.send({ type: 'run', requests });
    const timer = setTimeout(() => this.kill(`it took longer than ${timeoutMs / 1000} s`), timeoutMs);
    try {
      return await batch.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the worker, once the batch that it runs is answered. */
  async stop(): Promise<void> {
    await this.batch?.promise.catch(() => {});
    this.send({ type: 'stop' });
    const timer = setTimeout(() => this.kill('it did not stop'), STOP_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** A native run cannot be interrupted in any other way. */
  private kill(why: string): void {
    this.failure ??= why;
    this.child.kill('SIGKILL');
  }

  private send(order: Order): void {
    // Where it fails the process is going, which `ended` tells.
    if (this.child.connected) this.child.send(order, () => {});
  }
}

interface PromiseWithHandlers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: Error) => void;
}

function withHandlers<T>(): PromiseWithHandlers<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
