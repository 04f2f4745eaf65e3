import { countPictures } from '@uniad/datasets';
import type { Dataset, OpenDatasetOptions, PictureError } from '@uniad/datasets';
import { SingleBar } from 'cli-progress';
import pc from 'picocolors';
import type { Progress } from '../pipeline/progress.js';
import { sayLeftOut } from '../pipeline/say-left-out.js';
import { counted } from './counted.js';

/** Seconds between lines where there is no terminal to draw a bar on. */
const LINE_EVERY = 10;

/** Columns that a bar takes at the most, and that label, numbers and note need beside it. */
const [WIDEST_BAR, BESIDE_BAR] = [30, 48] as const;

/** Shows how far long work has come: a bar on a terminal, a line now and then elsewhere. */
export class ProgressView {
  private bar: SingleBar | undefined;
  private label = '';
  private lastLine = 0;

  /** `note` is shown behind the bar. */
  update(label: string, done: number, total: number, note = ''): void {
    if (label !== this.label) this.stop();
    this.label = label;
    if (!process.stderr.isTTY) {
      const now = Date.now();
      if (done === total || now - this.lastLine > LINE_EVERY * 1000) {
        this.lastLine = now;
        console.error(`${label} ${done}/${total} ${note}`.trimEnd());
      }
      return;
    }
    if (!this.bar) {
      const room = (process.stderr.columns ?? 80) - BESIDE_BAR;
      this.bar = new SingleBar({
        format: `${label} ${room > 5 ? `${pc.cyan('{bar}')} ` : ''}{value}/{total} {eta_formatted} {note}`,
        barCompleteChar: '━',
        barIncompleteChar: '─',
        barsize: Math.max(1, Math.min(WIDEST_BAR, room)),
        hideCursor: true,
        etaBuffer: 50,
      });
      this.bar.start(total, done, { note });
    }
    this.bar.update(done, { note });
    if (done === total) this.stop();
  }

  /** Prints a line without tearing the bar. */
  print(line: string): void {
    this.stop();
    console.error(line);
  }

  /** For opening a data set: shows how far the extracting of an archive is. */
  opening(cache: string | undefined, signal: AbortSignal): OpenDatasetOptions {
    const onProgress = ({ done, total }: Progress) => this.update('extracted', done, total);
    return { ...(cache !== undefined && { cache }), onProgress, signal };
  }

  /** Says what was found in a data set, kind by kind. */
  sayFound({ layout, categories }: Dataset): void {
    this.print(`found ${counted(categories.length, 'kind')} in the format ${layout}`);
    for (const { category, train, good, anomalous, masks } of countPictures(categories)) {
      const tests = good + anomalous === 0 ? 'none' : `${good} good and ${anomalous} anomalous (${masks} with masks)`;
      this.print(`  ${category}: ${train} to learn from, ${tests} to test on`);
    }
  }

  /** Says what a data set does not take, so that nobody takes it for inspected. */
  warnOfLeftOut({ leftOut }: Pick<Dataset, 'leftOut'>): void {
    for (const one of leftOut) this.print(`warning: ${sayLeftOut(one)}`);
  }

  /** Lists what was skipped. */
  listUnreadable(pictures: readonly PictureError[]): void {
    if (pictures.length === 0) return;
    this.print(`${counted(pictures.length, 'picture')} skipped:`);
    for (const { message } of pictures) this.print(`  ${message}`);
  }

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
    this.label = '';
  }
}
