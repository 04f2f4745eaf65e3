import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { findChromium } from '../../uniad/test/browser.js';
import { serve } from '../src/index.js';
import type { Service } from '../src/index.js';
import { trainModels } from './model.js';
import type { Known } from './model.js';

const executable = findChromium();
const inBrowser = executable ? describe : describe.skip;
const why = executable ? '' : ' (skipped: no Chromium on the PATH and none named by CHROME_PATH)';

/** Screenshots stay here when it is set, to be looked at. */
const SCREENSHOTS = process.env.UNIAD_SCREENSHOTS;
const TOKEN = 'secret';

inBrowser(`the page to try a service with${why}`, () => {
  let folder: string;
  let known: Known[];
  let service: Service;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'uniad-page-'));
    known = await trainModels(folder);
    const models = { run: join(folder, 'run'), other: join(folder, 'other') };
    service = await serve({ models, port: 0, workers: 1, token: TOKEN });
    browser = await chromium.launch({ executablePath: executable! });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await service?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(width: number): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    const complaints: string[] = [];
    page.on('console', (message) => {
      // Chromium's own line about an answer that the page shows.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(service.url);
    await page.getByLabel('Token').fill(TOKEN);
    await page.getByLabel('Token').blur();
    await page.getByLabel('Model').waitFor();
    return { page, complaints };
  }

  test.each([1366, 390])('shows what a picture was found to be, %i pixels wide', async (width) => {
    const { page, complaints } = await open(width);
    const picture = known.find(({ name }) => !name.startsWith('good'))!;
    const path = join(folder, 'parts/gear/test', picture.name);
    await page.setInputFiles('input[type=file]', path);
    await page.getByText(picture.anomalous ? 'Anomalous' : 'Normal', { exact: true }).waitFor();
    await page.getByText(picture.score.toFixed(4), { exact: true }).waitFor();
    const sizes = await page.evaluate(async () => {
      const images = [...globalThis.document.querySelectorAll('img')];
      await Promise.all(images.map((image) => image.decode()));
      return images.map(({ naturalWidth }) => naturalWidth);
    });
    expect(sizes).toEqual([96, 96]);
    const overflow = await page.evaluate(() => globalThis.document.documentElement.scrollWidth - globalThis.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `try-${width}.png`), fullPage: true });

    await page.getByLabel('Model').selectOption('other'); // The same picture, asked once more.
    await page.getByText(picture.score.toFixed(4), { exact: true }).waitFor({ state: 'detached' });
    await page.setInputFiles('input[type=file]', join(folder, 'run/model.json'));
    await page.getByText('model.json: Cannot read the picture').waitFor();
    if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `try-${width}-refused.png`) });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('needs the token', async () => {
    const page = await browser.newPage();
    await page.goto(service.url);
    await page.getByText('This service asks for a token.').waitFor();
    await page.close();
  });
});
