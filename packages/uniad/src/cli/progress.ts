import { SingleBar } from 'cli-progress';
import pc from 'picocolors';

/** Seconds between lines where there is no terminal to draw a bar on. */
const LINE_EVERY = 10;

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
      this.bar = new SingleBar({
        format: `${label} ${pc.cyan('{bar}')} {value}/{total} {eta_formatted} {note}`,
        barCompleteChar: '━',
        barIncompleteChar: '─',
        barsize: 30,
        hideCursor: true,
      });
      this.bar.start(total, 0, { note });
    }
    this.bar.update(done, { note });
    if (done === total) this.stop();
  }

  /** Prints a line without tearing the bar. */
  print(line: string): void {
    this.stop();
    console.error(line);
  }

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
    this.label = '';
  }
}
