import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../src/index.js';
import type { ServeOptions, Service, ServiceEvent } from '../src/index.js';
import { putModel, trainModels } from './model.js';
import type { Known } from './model.js';
import { metric, post, sendRaw, until } from './requests.js';
import type { Answer } from './requests.js';

let folder: string;
let known: Known[];
let service: Service | undefined;
let events: ServiceEvent[];

/** A stopped process stands for a run that takes its time: signals are what a test can send from outside, as a system does. */
const signal = (name: NodeJS.Signals) => service!.workers().run!.forEach((pid) => process.kill(pid, name));

async function start(options: Partial<ServeOptions> = {}): Promise<string> {
  events = [];
  const onEvent = (event: ServiceEvent) => events.push(event);
  service = await serve({ models: { run: join(folder, 'run') }, port: 0, workers: 1, onEvent, ...options });
  return service.url;
}

const expectKnown = (answers: readonly Answer[]) =>
  answers.forEach(({ status, json }, i) => {
    expect(status).toBe(200);
    expect(json.score).toBeCloseTo(known[i % known.length]!.score, 4);
  });

/** Some requests at once, each for the next picture. */
const ask = (url: string, count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => post(`${url}/predict`, known[i % known.length]!.bytes)));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-serve-'));
  known = await trainModels(folder);
}, 120_000);
afterEach(() => service?.close());
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a full service', () => {
  test('answers 503 at once, and has a place again when a client hangs up', async () => {
    const url = await start({ maxRequests: 3 });
    const taken = () => metric(url, 'uniad_requests_taken');
    signal('SIGSTOP');
    const hangUp = new AbortController();
    const leaving = post(`${url}/predict`, known[0]!.bytes, { signal: hangUp.signal }).catch(() => 'hung up');
    const staying = ask(url, 2);
    await until(async () => (await taken()) === 3);
    const refused = await post(`${url}/predict`, known[0]!.bytes);
    expect(refused).toMatchObject({ status: 503, json: { message: expect.stringContaining('3 are being answered') } });
    expect(refused.headers.get('retry-after')).toBe('1');

    hangUp.abort();
    expect(await leaving).toBe('hung up');
    await until(async () => (await taken()) === 2);
    const late = ask(url, 1);
    await until(async () => (await taken()) === 3);
    signal('SIGCONT');
    expectKnown(await staying);
    expectKnown(await late);
    await until(async () => (await taken()) === 0);
    expect(await metric(url, 'uniad_requests_total{model="run",status="499"}')).toBe(1);
    expect(await metric(url, 'uniad_requests_total{model="run",status="503"}')).toBe(1);
  });

  test('who hangs up while waiting is not inspected', async () => {
    const url = await start();
    signal('SIGSTOP');
    const running = ask(url, 1);
    await until(
      async () =>
        (await metric(url, 'uniad_requests_taken')) === 1 && (await metric(url, 'uniad_waiting{model="run"}')) === 0,
    );
    const hangUp = new AbortController();
    const leaving = post(`${url}/predict`, known[1]!.bytes, { signal: hangUp.signal }).catch(() => 'hung up');
    await until(async () => (await metric(url, 'uniad_waiting{model="run"}')) === 1);
    hangUp.abort();
    await until(async () => (await metric(url, 'uniad_waiting{model="run"}')) === 0);
    signal('SIGCONT');
    expectKnown(await running);
    expect(await leaving).toBe('hung up');
    expect(await metric(url, 'uniad_batch_size_sum{model="run"}')).toBe(1);
  });
});

describe('a worker', () => {
  test('that is killed in the middle is replaced, and what it had is run again', async () => {
    const url = await start();
    const before = service!.workers().run;
    signal('SIGSTOP');
    const answers = ask(url, 12);
    await until(async () => (await metric(url, 'uniad_requests_taken')) === 12);
    signal('SIGKILL');
    expectKnown(await answers);
    expect(service!.workers().run).not.toEqual(before);
    expect(events).toContainEqual({ type: 'worker-lost', model: 'run', reason: 'it was ended by SIGKILL' });
    expect(await metric(url, 'uniad_workers_lost_total{model="run"}')).toBe(1);
  });

  test('one of two: the other goes on', async () => {
    const url = await start({ workers: 2 });
    const answers = ask(url, 24);
    process.kill(service!.workers().run![0]!, 'SIGKILL');
    expectKnown(await answers);
    await until(() => service!.workers().run!.length === 2);
  });

  test('that ends twice over one picture costs that picture an answer 500, and the service goes on', async () => {
    const url = await start({ device: 'cpu' }); // Slow enough to be killed while it runs.
    const answer = post(`${url}/predict`, known[0]!.bytes);
    let last: number | undefined;
    for (let kills = 0; kills < 2; kills++) {
      await until(
        async () =>
          (await metric(url, 'uniad_requests_taken')) === 1 && (await metric(url, 'uniad_waiting{model="run"}')) === 0,
      );
      await until(() => service!.workers().run![0] !== undefined && service!.workers().run![0] !== last);
      last = service!.workers().run![0]!;
      process.kill(last, 'SIGKILL');
    }
    expect(await answer).toMatchObject({ status: 500, json: { message: expect.stringContaining('SIGKILL') } });
    expect(events).toContainEqual({
      type: 'error',
      reason: expect.stringContaining('twice the worker did not answer'),
    });
    await until(() => service!.workers().run!.length === 1);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  }, 120_000);

  test('that hangs is killed after the time limit, and its request told', async () => {
    const url = await start({ timeoutMs: 1500 });
    const before = service!.workers().run![0];
    signal('SIGSTOP');
    const given = await post(`${url}/predict`, known[0]!.bytes);
    expect(given).toMatchObject({ status: 503, json: { message: 'no answer within 1.5 s' } });
    await until(() => service!.workers().run![0] !== undefined && service!.workers().run![0] !== before);
    expectKnown(await ask(url, 1));
    expect(events).toContainEqual({ type: 'worker-lost', model: 'run', reason: 'it took longer than 1.5 s' });
  });

  test('there is none: not ready, yet healthy', async () => {
    const url = await start();
    signal('SIGKILL');
    await until(async () => (await fetch(`${url}/ready`)).status === 503);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await until(async () => (await fetch(`${url}/ready`)).status === 200);
  });
});

test('a request that does not come to its end is answered 408', async () => {
  const url = await start({ timeoutMs: 1000 });
  const text = 'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc';
  const answer = await sendRaw(url, text, { end: false });
  expect(answer).toMatch(/^HTTP\/1.1 (408|503) /);
  expect(answer).toMatch(/within/);
  await until(async () => (await metric(url, 'uniad_requests_taken')) === 0);
});

describe('a model folder that changes', () => {
  test('is loaded without losing a request; a broken one is not', async () => {
    const model = join(folder, 'live');
    await putModel(join(folder, 'run'), model);
    const url = await start({ models: { live: model } });
    const other = await serve({ models: { other: join(folder, 'other') }, port: 0, workers: 1 });
    const expected = (await post(`${other.url}/predict`, known[0]!.bytes)).json.score;
    await other.close();

    const scores: number[] = [];
    let asking = true;
    const client = async () => {
      while (asking) {
        const { status, json } = await post(`${url}/predict`, known[0]!.bytes);
        expect(status).toBe(200);
        scores.push(json.score);
      }
    };
    const clients = [client(), client(), client()];
    await new Promise((resolve) => setTimeout(resolve, 1500)); // The folder was looked at as it is.
    await putModel(join(folder, 'other'), model);
    await until(() => events.some(({ type }) => type === 'reloaded'));
    const after = scores.length;
    await until(() => scores.length > after + 10);
    asking = false;
    await Promise.all(clients);
    expect(scores[0]).toBeCloseTo(known[0]!.score, 4);
    for (const score of scores)
      expect([known[0]!.score, expected].some((one) => Math.abs(one - score) < 1e-4)).toBe(true);
    expect(scores.at(-1)).toBeCloseTo(expected, 4);

    await writeFile(join(model, 'model.json'), '{"format": "other"}');
    await until(() => events.some(({ type }) => type === 'reload-failed'));
    expect(events.at(-1)).toMatchObject({ reason: expect.stringContaining('Expected format uniad-model') });
    expect((await post(`${url}/predict`, known[0]!.bytes)).json.score).toBeCloseTo(expected, 4);
    await cp(join(folder, 'run/model.json'), join(model, 'model.json')); // Of another training than the tensors.
    await until(() => events.filter(({ type }) => type === 'reload-failed').length === 2);
    expect(await metric(url, 'uniad_reloads_total{model="live",outcome="failed"}')).toBe(2);
  });
});

test('a service that closes answers what it has taken, and nothing more', async () => {
  const url = await start();
  const pids = service!.workers().run!;
  signal('SIGSTOP');
  const answers = ask(url, 10);
  await until(async () => (await metric(url, 'uniad_requests_taken')) === 10);
  const closed = service!.close();
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  pids.forEach((pid) => process.kill(pid, 'SIGCONT'));
  expectKnown(await answers);
  await closed;
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
