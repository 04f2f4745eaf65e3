import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { OnnxRuntimeError } from './errors.js';
import type { Elements } from './graph.js';
import type { NativeTensors, Runtime } from './runtime.js';

type Reply = { readonly value: unknown } | { readonly error: string };

/**
 * ONNX Runtime through its public API. That is asynchronous, so it runs in a thread of its own for which this one waits: all
 * that goes in and comes out is copied, twice.
 */
export function publicRuntime(): Runtime {
  const thread = new Thread();
  let count = 0;
  return {
    load(model, options) {
      const id = count++;
      thread.ask({ action: 'load', id, model, options });
      return {
        run(feeds, fetches) {
          const outputs = Object.keys(fetches);
          const results = thread.ask({ action: 'run', id, feeds: compact(feeds), outputs }) as Record<string, Elements>;
          for (const name of outputs) (fetches[name]!.data as Float32Array).set(results[name] as Float32Array);
        },
        dispose: () => void thread.ask({ action: 'release', id }),
      };
    },
  };
}

/** A thread that answers while this one stands still. */
class Thread {
  private readonly signal = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private readonly port: MessagePort;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    // From `src` and from `dist` alike. None of this process's flags: a loader among them may wait for the thread that waits here.
    const worker = new Worker(new URL('../src/public-runtime-worker.mjs', import.meta.url), {
      workerData: { port: port2, signal: this.signal },
      transferList: [port2],
      execArgv: [],
    });
    worker.unref();
  }

  ask(request: object): unknown {
    Atomics.store(this.signal, 0, 0);
    this.port.postMessage(request);
    // In a loop: the worker wakes this thread after it has set the signal, which may be as late as the next request.
    while (Atomics.load(this.signal, 0) === 0) Atomics.wait(this.signal, 0, 0);
    const { message } = receiveMessageOnPort(this.port) as { message: Reply };
    if ('error' in message) throw new OnnxRuntimeError(message.error);
    return message.value;
  }
}

/** Without what else lies in the memory of an array, which would be copied as well. */
function compact(tensors: NativeTensors): NativeTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const { data } = tensor;
      return [name, data.byteLength === data.buffer.byteLength ? tensor : { ...tensor, data: data.slice() }];
    }),
  );
}
