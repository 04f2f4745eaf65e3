/**
 * A process that holds one model and inspects the batches that it is sent. A native run blocks it, may end it, and cannot be
 * interrupted but from outside: all that must not happen to the service itself.
 */
import { load } from '@uniad/core';
import type { Inspector, Prediction } from '@uniad/core';
import { messageOf } from './errors.js';
import type { InspectionRequest, Order, Report, Result } from './messages.js';

/** Two pixels: enough to compile what a single picture and what a whole batch need, before the first request. */
const BLANK = Uint8Array.from(
  atob('Qk0+AAAAAAAAADYAAAAoAAAAAgAAAAEAAAABABgAAAAAAAgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='),
  (letter) => letter.charCodeAt(0),
);
const WARM_UP = 9;

let inspector: Inspector | undefined;

const report = (message: Report) => process.send?.(message);

async function obey(order: Order): Promise<void> {
  switch (order.type) {
    case 'load': {
      const { folder, maxPixels, ...options } = order.settings;
      inspector = await load(folder, { ...options, limits: { maxPixels } });
      await inspector.predictAll(Array.from({ length: WARM_UP }, () => BLANK));
      const { model, device } = inspector;
      const { categories, config } = model;
      report({ type: 'ready', info: { device: device.reason, categories, imageSize: config.imageSize } });
      return;
    }
    case 'run': {
      const predictions = await inspector!.predictAllSettled(order.requests.map(({ bytes }) => bytes));
      const results = await Promise.all(predictions.map((prediction, i) => resultOf(prediction, order.requests[i]!)));
      report({ type: 'done', results, residentBytes: process.memoryUsage.rss() });
      return;
    }
    case 'stop':
      inspector?.dispose();
      process.disconnect();
  }
}

async function resultOf(outcome: PromiseSettledResult<Prediction>, request: InspectionRequest): Promise<Result> {
  // A name would tell nothing: the picture came without one.
  if (outcome.status === 'rejected') return { error: messageOf(outcome.reason) };
  const { map, heatMap, ...inspection } = outcome.value;
  return {
    inspection,
    ...(request.heatMap ? { heatMap: await heatMap() } : {}),
    ...(request.map ? { map } : {}),
  };
}

process.on('message', (order: Order) => {
  obey(order).catch((error: unknown) => {
    process.send?.({ type: 'failed', error: messageOf(error) } satisfies Report, () => process.exit(1));
  });
});
// An interrupt in a terminal reaches the whole group: when to stop is the service's to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit());
