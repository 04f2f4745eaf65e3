/** The thread of `public-runtime.ts`: runs ONNX Runtime through its public API, one request at a time. */
import { workerData } from 'node:worker_threads';

/** @type {{ port: import('node:worker_threads').MessagePort, signal: Int32Array }} */
const { port, signal } = workerData;
const sessions = new Map();

const actions = {
  async load({ id, model, options }) {
    const { env, InferenceSession } = await import('onnxruntime-node');
    env.logLevel = 'error';
    sessions.set(id, await InferenceSession.create(model, options));
  },
  async run({ id, feeds, outputs }) {
    const { Tensor } = await import('onnxruntime-node');
    const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)]);
    const results = await sessions.get(id).run(Object.fromEntries(tensors), outputs);
    return Object.fromEntries(outputs.map((name) => [name, results[name].data]));
  },
  async release({ id }) {
    await sessions.get(id).release();
    sessions.delete(id);
  },
};

port.on('message', async ({ action, ...request }) => {
  try {
    port.postMessage({ value: await actions[action](request) });
  } catch (error) {
    port.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});
