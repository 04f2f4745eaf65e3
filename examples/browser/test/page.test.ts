import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { load, train, writeSyntheticSet } from '@uniad/core';
import type { Inspector } from '@uniad/core';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import type * as uniadOfBrowser from '../../../packages/uniad/src/browser.js';
import { findChromium } from '../../../packages/uniad/test/browser.js';
import { buildPage, bundleEntry, serve } from './site.js';

type Uniad = typeof uniadOfBrowser;

const executable = findChromium();
const inBrowser = executable ? describe : describe.skip;
const why = executable ? '' : ' (skipped: no Chromium on the PATH and none named by CHROME_PATH)';

/** Screenshots stay here when it is set, to be looked at. */
const SCREENSHOTS = process.env.UNIAD_SCREENSHOTS;

inBrowser(`in Chromium${why}`, () => {
  let folder: string;
  let browser: Browser;
  let server: Server;
  let url: string;
  let node: Inspector;
  /** Pictures by what is special about them, as files. */
  let pictures: Record<string, string>;
  /** Of those, Node's score. */
  const scores: Record<string, number> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'uniad-page-'));
    const [site, parts, run] = [join(folder, 'site'), join(folder, 'parts'), join(folder, 'run')];
    await writeSyntheticSet(parts, { seed: 0, kinds: ['gear'], train: 12, test: 4, size: 160 });
    await train({ data: parts, out: run, crossFit: 0, training: { epochs: 2 }, cache: join(folder, 'cache') });
    await buildPage(join(site, 'page'), run);
    await bundleEntry(join(site, 'bundle'));
    pictures = await drawPictures(join(parts, 'gear/test'), join(folder, 'pictures'));
    node = await load(run);
    for (const [name, path] of Object.entries(pictures)) scores[name] = (await node.predict(path)).score;
    ({ server, url } = await serve(site));
    const args = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
    browser = await chromium.launch({ executablePath: executable!, args });
  }, 120_000);

  afterAll(async () => {
    node?.dispose();
    await browser?.close();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A page, and what it complains of in its console. */
  async function open(path: string, context?: BrowserContext): Promise<{ page: Page; complaints: string[] }> {
    const page = await (context ?? browser).newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      // Chromium's own, where there is no graphics card.
      if (message.text() === 'No available adapters.') return;
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${url}${path}`);
    return { page, complaints };
  }

  test('the entry that esbuild bundles gives the scores of Node, whatever the picture is in', async () => {
    const { page, complaints } = await open('/bundle/');
    await page.waitForFunction(() => 'uniad' in globalThis);
    const files = await Promise.all(
      Object.entries(pictures).map(async ([name, path]) => [name, await readFile(path, 'base64')] as const),
    );
    const found = await page.evaluate(async (encoded) => {
      const { uniad } = globalThis as unknown as { uniad: Uniad };
      const inspector = await uniad.load('../page/model', { wasmPaths: './' });
      const blobs = encoded.map(([name, text]) => {
        const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
        return [name, new File([bytes], name)] as const;
      });
      const scores: Record<string, number> = {};
      for (const [name, blob] of blobs) scores[name] = (await inspector.predict(blob)).score;

      const bitmap = await createImageBitmap(blobs[0]![1]);
      const { width, height } = bitmap;
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const offscreen = new OffscreenCanvas(width, height);
      canvas.getContext('2d')!.drawImage(bitmap, 0, 0);
      const context = offscreen.getContext('2d')!;
      context.drawImage(bitmap, 0, 0);
      const image = document.createElement('img');
      image.src = URL.createObjectURL(blobs[0]![1]);
      await image.decode();
      const frame = new VideoFrame(bitmap, { timestamp: 0 });
      const sources = { bitmap, canvas, offscreen, image, frame, data: context.getImageData(0, 0, width, height) };
      const ofSources: Record<string, number> = {};
      for (const [name, source] of Object.entries(sources)) ofSources[name] = (await inspector.predict(source)).score;
      frame.close();

      const refusals: string[] = [];
      const refuse = (work: Promise<unknown>) =>
        work.catch((error: Error) => refusals.push(`${error.name}: ${error.message}`));
      await refuse(inspector.predict(new File(['no picture'], 'notes.txt')));
      await refuse(inspector.predict(document.createElement('video')));
      await refuse(inspector.predict({} as Blob));
      await refuse(uniad.load('../page/model', { devise: 'cpu' } as object));
      await refuse(uniad.load('../page/model', { device: 'onnxruntime' as 'cpu' }));
      return { scores, ofSources, refusals, reason: inspector.device.reason };
    }, files);

    for (const [name, score] of Object.entries(scores)) {
      expect({ name, score: found.scores[name] }).toEqual({ name, score: expect.closeTo(score, 3) });
    }
    for (const score of Object.values(found.ofSources)) expect(score).toBeCloseTo(scores['png']!, 3);
    expect(found.reason).toMatch(/^device wasm: WebAssembly, one core/);
    expect(found.refusals).toEqual([
      expect.stringContaining('PictureError: Cannot read notes.txt: this browser cannot decode it'),
      'PictureError: Cannot read the HTMLVideoElement: it has no picture yet',
      expect.stringContaining('PictureError: Cannot read the Object: expected one of Blob, ImageData, ImageBitmap'),
      expect.stringContaining('ConfigError: Expected one of device, threshold, wasmPaths'),
      expect.stringContaining('ConfigError: Expected "auto" or "webgpu" or "wasm" or "cpu" for device'),
    ]);
    expect(complaints).toEqual([]);
    await page.close();
  }, 60_000);

  test('keeps a model for when there is no network, and takes a new one where there is', async () => {
    const context = await browser.newContext();
    const { page, complaints } = await open('/bundle/', context);
    await page.waitForFunction(() => 'uniad' in globalThis);
    const attempt = (name: string) =>
      page.evaluate(async (source) => {
        const { uniad } = globalThis as unknown as { uniad: Uniad };
        const cached: Record<string, boolean> = {};
        const sizes: Record<string, number> = {};
        const progress: Parameters<Uniad['fetchModel']>[1] = {
          progress: ({ file, done, total, cached: was }) => {
            cached[file] = was;
            sizes[file] = done / total!;
          },
        };
        const { id } = await uniad.fetchModel(source, progress);
        return { id, cached, sizes };
      }, name);
    const first = await attempt('/page/model');
    expect(first.cached).toEqual({ 'model.json': false, 'model.safetensors': false, 'backbone.safetensors': false });
    expect(Object.values(first.sizes)).toEqual([1, 1, 1]);
    expect((await attempt('/page/model/')).cached).toEqual({
      'model.json': false, // Asked for, since it may have changed.
      'model.safetensors': true,
      'backbone.safetensors': true,
    });
    await context.setOffline(true);
    const offline = await attempt('/page/model');
    expect(offline).toMatchObject({ id: first.id, cached: { 'model.json': true, 'model.safetensors': true } });
    await expect(attempt('/page/other')).rejects.toThrow(`RunError: Cannot fetch ${url}/page/other/model.json`);
    await context.setOffline(false);
    await expect(attempt('/page/other')).rejects.toThrow('the server answered 404');
    // Trained anew under the same address.
    await page.route('**/model/*', async (route) => {
      const response = await route.fetch();
      const body = (await response.body()).toString('latin1').replaceAll(first.id, 'f'.repeat(first.id.length));
      await route.fulfill({ response, body: Buffer.from(body, 'latin1') });
    });
    const second = await attempt('/page/model');
    expect(second.id).toBe('f'.repeat(first.id.length));
    expect(Object.values(second.cached)).toEqual([false, false, false]);
    await page.unroute('**/model/*');
    expect(Object.values((await attempt('/page/model')).cached)).toEqual([false, false, false]);
    expect(complaints.filter((line) => !/ERR_INTERNET_DISCONNECTED|404/.test(line))).toEqual([]);
    await context.close();
  }, 60_000);

  test('draws the heat map of Node', async () => {
    const { page } = await open('/bundle/');
    await page.waitForFunction(() => 'uniad' in globalThis);
    const file = await readFile(pictures['defect']!);
    const threshold = scores['defect']! / 2; // There is something to outline.
    const drawn = await page.evaluate(
      async ({ text, threshold }) => {
        const { uniad } = globalThis as unknown as { uniad: Uniad };
        const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
        const inspector = await uniad.load('/page/model', { wasmPaths: './', threshold });
        const canvas = document.createElement('canvas');
        await (await inspector.predict(new Blob([bytes]))).drawHeatMap(canvas);
        return canvas.toDataURL('image/png').split(',')[1]!;
      },
      { text: file.toString('base64'), threshold },
    );
    const inspector = await load(join(folder, 'run'), { threshold });
    const heatMap = await (await inspector.predict(file)).heatMap();
    inspector.dispose();
    const decode = (png: Buffer) => sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const [ours, theirs, picture] = await Promise.all([Buffer.from(drawn, 'base64'), heatMap, file].map(decode));
    expect([ours!.info.width, ours!.info.height]).toEqual([theirs!.info.width, theirs!.info.height]);
    const difference = (a: Buffer, b: Buffer) =>
      a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
    // Grey levels; the edges of the outline are smoothed otherwise.
    expect(difference(ours!.data, theirs!.data)).toBeLessThan(0.1 * difference(ours!.data, picture!.data));
    await page.close();
  }, 60_000);

  test('the page that Vite builds inspects, trains, takes the camera, and works without network', async () => {
    const context = await browser.newContext({ viewport: { width: 1366, height: 900 } });
    const { page, complaints } = await open('/page/', context);
    await page.getByRole('button', { name: "Use the demo's model" }).click();
    await page.locator('#card').getByText('gear').waitFor();
    expect(await page.locator('#card').textContent()).toContain('device wasm: ');
    await page.locator('#pictures').setInputFiles([pictures['png']!, pictures['defect']!]);
    await page.locator('#count').getByText('of 2').waitFor();
    expect(await scoresOf(page)).toEqual({
      'png.png': expect.closeTo(scores['png']!, 3),
      'defect.png': expect.closeTo(scores['defect']!, 3),
    });
    await shoot(page, 'desktop');

    // The threshold decides, in the history as well.
    const slider = page.locator('#threshold');
    const set = (value: number) => slider.evaluate((input: HTMLInputElement, to) => {
      input.value = String(to);
      input.dispatchEvent(new Event('input'));
    }, value); // prettier-ignore
    await set(0);
    expect(await page.locator('#count').textContent()).toBe('(2 of 2 anomalous)');
    expect(await page.locator('#badge').textContent()).toBe('Anomalous');
    await set(scores['defect']! * 1.01);
    expect(await page.locator('#badge').textContent()).toBe('Normal');
    await page.locator('#reset').click();

    await page.locator('#camera').click();
    await page.locator('#shoot').click();
    await page.locator('#count').getByText('of 3').waitFor();
    await page.locator('#camera').click();
    await page.locator('#live').check();
    await page.locator('#numbers').getByText('· camera').waitFor();
    await page.locator('#camera').click();

    // Without network: the page, its worker and its model are here.
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await context.setOffline(true);
    await page.reload();
    await page.getByRole('button', { name: "Use the demo's model" }).click();
    await page.locator('#card').getByText('gear').waitFor();
    await page.locator('#pictures').setInputFiles([pictures['png']!]);
    await page.locator('#count').getByText('of 1').waitFor();
    expect(await scoresOf(page)).toEqual({ 'png.png': expect.closeTo(scores['png']!, 3) });

    const good = join(folder, 'parts/gear/train/good');
    await page.getByText('Train one from your pictures').click();
    await page.locator('#good').setInputFiles((await readdir(good)).map((name) => join(good, name)));
    await page.getByLabel('Name of the part').fill('cog');
    await page.getByLabel('Rounds').fill('2');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.locator('#training-text').getByText('Trained on 12 pictures').waitFor();
    await page.locator('#card').getByText('cog').waitFor();
    await page.locator('#pictures').setInputFiles([pictures['png']!, pictures['defect']!]);
    await page.locator('#count').getByText('of 2').waitFor();
    const ofTrained = await scoresOf(page);
    // As Node trained from the same pictures and seed, on another device.
    expect(ofTrained).toEqual({
      'png.png': expect.closeTo(scores['png']!, 1),
      'defect.png': expect.closeTo(scores['defect']!, 1),
    });

    // Node reads what the page saves, and says the same.
    const saved = join(folder, 'saved');
    await mkdir(saved);
    const downloads: Promise<void>[] = [];
    page.on('download', (file) => downloads.push(file.saveAs(join(saved, file.suggestedFilename()))));
    await page.locator('#save').click();
    while (downloads.length < 3) await page.waitForTimeout(50);
    await Promise.all(downloads);
    const inspector = await load(saved);
    expect(inspector.model.categories).toEqual(['cog']);
    for (const name of ['png', 'defect'])
      expect((await inspector.predict(pictures[name]!)).score).toBeCloseTo(ofTrained[`${name}.png`]!, 3);
    inspector.dispose();

    await page.setViewportSize({ width: 390, height: 844 });
    await shoot(page, 'phone');
    // What Chromium itself says of a request without network is not the page's.
    expect(complaints.filter((line) => !line.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
    await context.close();
  }, 60_000);

  test('WebGPU in software comes last, and says what it is', async () => {
    const args = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
    const withWebgpu = await chromium.launch({ executablePath: executable!, args });
    try {
      const page = await withWebgpu.newPage();
      await page.goto(`${url}/bundle/`);
      await page.waitForFunction(() => 'uniad' in globalThis);
      const reasons = await page.evaluate(async () => {
        const { uniad } = globalThis as unknown as { uniad: Uniad };
        const select = (name: 'auto' | 'webgpu' | 'cpu') =>
          uniad.selectDevice(name, { wasmPaths: './' }).then(({ reason }) => reason, String);
        return [await select('auto'), await select('cpu'), await select('webgpu')];
      });
      expect(reasons[0]).toMatch(/^device wasm: WebAssembly, .*; webgpu: no graphics card, only software \(.+\)$/);
      expect(reasons[1]).toBe('device cpu: plain JavaScript, slow');
      expect(reasons[2]).toMatch(/^device webgpu: WebGPU in software, slow \(.+\)$/);
    } finally {
      await withWebgpu.close();
    }
  }, 60_000);

  test('stays within its size', async () => {
    const size = async (place: string, extension: string) => {
      const names = (await readdir(join(folder, 'site', place))).filter((name) => name.endsWith(extension));
      const files = await Promise.all(names.map((name) => readFile(join(folder, 'site', place, name))));
      return files.reduce((sum, file) => sum + gzipSync(file).length, 0);
    };
    expect(await size('page/assets', '.js')).toBeLessThan(450_000);
    expect(await size('bundle', '.js')).toBeLessThan(450_000);
  });

  /** Nothing sticks out to the side, and the screenshot can be looked at. */
  async function shoot(page: Page, name: string): Promise<void> {
    const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(content).toBeLessThanOrEqual(width!);
    const path = join(SCREENSHOTS ?? folder, `${name}.png`);
    await page.screenshot({ path, fullPage: true });
    expect((await sharp(path).stats()).entropy).toBeGreaterThan(1);
  }

  /** Of the pictures in the history, from the CSV that the page saves. */
  async function scoresOf(page: Page): Promise<Record<string, number>> {
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('#export').click()]);
    const [, ...lines] = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
    return Object.fromEntries(
      lines.map((line) => line.split(',')).map(([name, score]) => [name!.slice(1, -1), Number(score)]),
    );
  }
});

/** One picture in all the ways that a file can tell it, and one with a defect. */
async function drawPictures(test: string, out: string): Promise<Record<string, string>> {
  await mkdir(out);
  const good = join(test, 'good/000.png');
  const kind = (await readdir(test)).find((name) => name !== 'good')!;
  const [defect] = await readdir(join(test, kind));
  const { width, height } = await sharp(good).metadata();
  // Transparent where a canvas would lose the colours.
  const alpha = Buffer.from(Array.from({ length: width * height }, (_, i) => (i % width < width / 2 ? 0 : 100)));
  const opaque = await sharp(good).removeAlpha().png().toBuffer();
  const files: Record<string, Buffer> = {
    'png.png': await sharp(good).png().toBuffer(),
    'defect.png': await sharp(join(test, kind, defect!))
      .png()
      .toBuffer(),
    'alpha.png': await sharp(opaque)
      .joinChannel(alpha, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer(),
    'profile.png': await sharp(good).withIccProfile('p3').png().toBuffer(),
    'grey.png': await sharp(good).toColourspace('b-w').png().toBuffer(),
    'webp.webp': await sharp(good).webp({ lossless: true }).toBuffer(),
    'jpeg.jpg': await sharp(good).jpeg({ quality: 85 }).toBuffer(),
    'turned.png': await sharp(good).resize(200, 130, { fit: 'fill' }).withMetadata({ orientation: 6 }).png().toBuffer(),
  };
  const pictures: Record<string, string> = {};
  for (const [name, content] of Object.entries(files)) {
    const path = join(out, name);
    await writeFile(path, content);
    pictures[name.slice(0, name.indexOf('.'))] = path;
  }
  return pictures;
}
