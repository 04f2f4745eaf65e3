/**
 * Loads `uniad serve` on loopback: thousands of requests at growing concurrency, a tenth of them malformed, cut off or oversized, and
 * a worker killed in the middle. Every good one must get the score that `predict` gives, every bad one a 4xx with a reason; prints
 * latency, pictures a second and memory, and ends with code 1 where one answer was wrong. `--help` lists the settings.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load, train, writeSyntheticSet } from '@uniad/core';
import Table from 'cli-table3';
import { Command } from 'commander';
import sharp from 'sharp';
import { Pool } from 'undici';

const flags = new Command('server-load')
  .option('--model <run>', 'a trained model (default: one that is trained for this, on drawn parts)')
  .option('--requests <n>', 'in all', '10000')
  .option('--concurrency <list>', 'requests at once, one after the other', '1,4,16,64')
  .option('--workers <n>', "of the service (default: the service's own)")
  .option('--peer <url>', 'ask a service that was started elsewhere instead, with good pictures alone and unchecked')
  .parse()
  .opts<{ model?: string; requests: string; concurrency: string; workers?: string; peer?: string }>();

const MEGABYTES = 2;
const EVERY = 10; // One request in so many is bad.
const TOLERANCE = 1e-3; // Scores, relative: a batch is summed up in another order than a single picture.

interface Answer {
  readonly status: number;
  readonly body: string;
}

type Ask = (pool: Pool) => Promise<Answer>;

const inFolder = await mkdtemp(join(tmpdir(), 'uniad-load-'));
const failures: string[] = [];
try {
  await main();
} finally {
  await rm(inFolder, { recursive: true, force: true });
}
for (const failure of failures.slice(0, 10)) console.error(`wrong: ${failure}`);
if (failures.length > 0) process.exitCode = 1;

async function main(): Promise<void> {
  const pictures = await drawPictures();
  const model = flags.model ?? (await trainModel());
  const scores = flags.peer === undefined ? await predict(model, pictures) : [];
  const levels = flags.concurrency.split(',').map(Number);
  const count = Math.ceil(Number(flags.requests) / levels.length);
  const service = flags.peer === undefined ? await startService(model, Math.max(...levels)) : undefined;
  const url = service?.url ?? flags.peer!;
  const bad = flags.peer === undefined ? badRequests(url, pictures[0]!) : [];
  const table = new Table({
    head: ['at once', 'good', 'bad', 'pictures/s', 'p50 ms', 'p99 ms', 'service MB', 'workers MB'],
  });
  try {
    await phase(url, 16, 64, pictures, scores, []); // Warms up.
    for (const [i, level] of levels.entries()) {
      const isLast = i === levels.length - 1;
      const run = phase(url, level, count, pictures, scores, bad);
      if (isLast && service) await killWorker(service.process, count, url);
      const { seconds, times, refused } = await run;
      const [own, workers] = service ? await memory(url) : [NaN, NaN];
      const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))]!.toFixed(1);
      const megabytes = (bytes: number) => (Number.isNaN(bytes) ? '' : (bytes / 2 ** 20).toFixed(0));
      const figures = [(times.length / seconds).toFixed(1), at(0.5), at(0.99), megabytes(own), megabytes(workers)];
      table.push([level, times.length, refused, ...figures]);
      console.error(`${level} at once: ${figures.join('  ')}`);
    }
  } finally {
    service?.process.kill('SIGTERM');
  }
  console.log(table.toString());
  if (service) {
    const code = await new Promise((resolve) => service.process.once('exit', resolve));
    if (code !== 0) failures.push(`the service ended with code ${code}`);
    console.log(
      `${failures.length} wrong answers; one worker was killed while ${levels.at(-1)} requests at once were asked`,
    );
  }
}

/** JPEG of 256 x 256, as cameras are made to send them. */
async function drawPictures(): Promise<Buffer[]> {
  const parts = join(inFolder, 'parts');
  await writeSyntheticSet(parts, { seed: 0, kinds: ['gear', 'tile'], train: 20, test: 10, size: 256 });
  const names = (await readdir(parts, { recursive: true })).filter((name) => /test.*png$/.test(name)).sort();
  return Promise.all(names.map((name) => sharp(join(parts, name)).jpeg({ quality: 90 }).toBuffer()));
}

async function trainModel(): Promise<string> {
  const out = join(inFolder, 'run');
  await train({ data: join(inFolder, 'parts'), out, cache: join(inFolder, 'cache'), training: { epochs: 2 } });
  return out;
}

async function predict(model: string, pictures: readonly Buffer[]): Promise<number[]> {
  const inspector = await load(model);
  const scores: number[] = [];
  for (const picture of pictures) scores.push((await inspector.predict(picture)).score);
  inspector.dispose();
  return scores;
}

async function startService(model: string, most: number): Promise<{ url: string; process: ChildProcess }> {
  const main = new URL('../packages/uniad/src/cli/main.ts', import.meta.url).pathname;
  const workers = flags.workers === undefined ? [] : ['--workers', flags.workers];
  const limits = ['--max-requests', String(most + 16), '--max-megabytes', String(MEGABYTES)];
  const args = ['--conditions=@uniad/source', '--import', 'tsx', main, 'serve', '--model', model, '--port', '0'];
  const service = spawn(process.execPath, [...args, ...workers, ...limits], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    service.stdout.on('data', (text: Buffer) => {
      const found = /listening at (\S+)/.exec(text.toString());
      if (found) resolve(found[1]!);
    });
    service.once('exit', (code) => reject(new Error(`the service ended with code ${code}`)));
  });
  return { url, process: service };
}

/** Asks `count` times, `level` at once. */
async function phase(
  url: string,
  level: number,
  count: number,
  pictures: readonly Buffer[],
  scores: readonly number[],
  bad: readonly Ask[],
) {
  const pool = new Pool(url, { connections: level });
  const times: number[] = [];
  let next = 0;
  let refused = 0;
  const started = performance.now();
  const client = async () => {
    for (let i = next++; i < count; i = next++) {
      if (bad.length > 0 && i % EVERY === EVERY - 1) {
        refused++;
        checkBad(await bad[Math.floor(i / EVERY) % bad.length]!(pool), i);
        continue;
      }
      const picture = i % pictures.length;
      const asked = performance.now();
      const answer = await post(pool, pictures[picture]!);
      times.push(performance.now() - asked);
      checkGood(answer, scores[picture]);
    }
  };
  await Promise.all(Array.from({ length: level }, client));
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  return { seconds, times: times.sort((a, b) => a - b), refused };
}

async function post(pool: Pool, body: Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const contentType = { 'content-type': 'application/octet-stream' };
  try {
    const { statusCode, body: answer } = await pool.request({
      path: '/predict',
      method: 'POST',
      body,
      headers: { ...contentType, ...headers },
    });
    return { status: statusCode, body: await answer.text() };
  } catch (error) {
    return { status: 0, body: String(error) };
  }
}

function checkGood({ status, body }: Answer, expected: number | undefined): void {
  if (status !== 200) return void failures.push(`a good picture was answered ${status}: ${body}`);
  if (expected === undefined) return;
  const { score } = JSON.parse(body) as { score: number };
  if (!(Math.abs(score - expected) <= TOLERANCE * Math.abs(expected)))
    failures.push(`score ${score} where predict gives ${expected}`);
}

function checkBad({ status, body }: Answer, i: number): void {
  let reason: unknown;
  try {
    reason = (JSON.parse(body) as { message: unknown }).message;
  } catch {
    // Told below.
  }
  if (status < 400 || status > 499 || typeof reason !== 'string' || reason === '')
    failures.push(`bad request ${i} was answered ${status}: ${body.slice(0, 200)}`);
}

function badRequests(url: string, picture: Buffer): Ask[] {
  const oversized = Buffer.concat([picture, Buffer.alloc(MEGABYTES * 2 ** 20)]);
  const noise = Buffer.from(picture.map((byte, i) => (i > 400 && i % 3 === 0 ? 255 - byte : byte)));
  return [
    (pool) => post(pool, Buffer.from('no picture')),
    (pool) => post(pool, picture.subarray(0, picture.length / 2)),
    (pool) => post(pool, noise.subarray(0, 500)),
    (pool) => post(pool, Buffer.alloc(0)),
    (pool) => post(pool, oversized),
    (pool) => post(pool, Buffer.from('--x\r\nno form'), { 'content-type': 'multipart/form-data; boundary=x' }),
    () => cutOff(url, picture),
    () => cutOff(url, Buffer.from('GET nothing\r\n')),
  ];
}

/** Says that a whole picture comes, and leaves after half of it. */
function cutOff(url: string, picture: Buffer): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    let text = '';
    socket.on('data', (part) => (text += part.toString()));
    socket.on('error', (error) => resolve({ status: 0, body: error.message }));
    socket.on('end', () => {
      socket.end();
      resolve({
        status: Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1] ?? 0),
        body: text.slice(text.indexOf('\r\n\r\n') + 4),
      });
    });
    socket.write(`POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: ${picture.length}\r\n\r\n`);
    socket.end(picture.subarray(0, picture.length / 2));
  });
}

/** Of the service, and of its workers together. */
async function memory(url: string): Promise<[own: number, workers: number]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return [sum('process_resident_memory_bytes'), sum('uniad_workers_resident_bytes')];
}

/** Once a third of the requests are answered; Linux tells a process's children. */
async function killWorker(service: ChildProcess, count: number, url: string): Promise<void> {
  const answered = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/^uniad_inspections_total{.*anomalous="false"} (\d+)$/m.exec(text)?.[1] ?? 0);
  };
  const before = await answered();
  while ((await answered()) - before < count / 8) await new Promise((resolve) => setTimeout(resolve, 200));
  const children = await readFile(`/proc/${service.pid}/task/${service.pid}/children`, 'utf8').catch(() => '');
  const [worker] = children.trim().split(' ');
  if (!worker) return console.error('no worker was killed: this system does not tell the processes of a process');
  process.kill(Number(worker), 'SIGKILL');
}
