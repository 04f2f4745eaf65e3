import { element, format, save } from './dom.js';
import type { Finding } from './worker.js';

/** A picture that was inspected. */
export interface Entry extends Finding {
  readonly name: string;
  readonly picture: Blob;
}

interface Row {
  readonly entry: Entry;
  readonly item: HTMLLIElement;
  readonly button: HTMLButtonElement;
  readonly verdict: HTMLElement;
  readonly thumbnail: string;
}

/** The list of what was inspected, newest first; its verdicts follow the threshold. */
export class History {
  private readonly list = element<HTMLOListElement>('history');
  private rows: Row[] = [];
  /** By hand, for all pictures; without it each one's own. */
  private threshold: number | undefined;

  /** @param show is called with the entry that somebody chose */
  constructor(private readonly show: (entry: Entry) => void) {
    element('clear').addEventListener('click', () => this.clear());
    element('export').addEventListener('click', () => save('inspection.csv', this.csv(), 'text/csv'));
  }

  add(entry: Entry): void {
    const thumbnail = URL.createObjectURL(entry.picture);
    const image = Object.assign(document.createElement('img'), { src: thumbnail, alt: '' });
    const name = Object.assign(document.createElement('span'), { className: 'name', textContent: entry.name });
    const verdict = Object.assign(document.createElement('span'), { className: 'score' });
    const button = document.createElement('button');
    button.type = 'button';
    button.append(image, name, verdict);
    button.addEventListener('click', () => this.show(entry));
    const item = document.createElement('li');
    item.append(button);
    this.list.prepend(item);
    const row = { entry, item, button, verdict, thumbnail };
    this.rows.unshift(row);
    this.judge(row);
    this.count();
  }

  /** Marks the entry that is on the stage. */
  mark(entry: Entry | undefined): void {
    for (const row of this.rows) row.button.setAttribute('aria-current', String(row.entry === entry));
  }

  setThreshold(threshold: number | undefined): void {
    this.threshold = threshold;
    for (const row of this.rows) this.judge(row);
    this.count();
  }

  clear(): void {
    for (const { item, thumbnail } of this.rows) {
      item.remove();
      URL.revokeObjectURL(thumbnail);
    }
    this.rows = [];
    this.count();
  }

  private isAnomalous({ score, threshold }: Entry): boolean {
    return score >= (this.threshold ?? threshold);
  }

  private judge({ entry, verdict }: Row): void {
    const anomalous = this.isAnomalous(entry);
    verdict.textContent = `${anomalous ? 'anomalous' : 'normal'} ${format(entry.score)}`;
    verdict.className = `score ${anomalous ? 'bad' : 'good'}`;
  }

  private count(): void {
    const anomalous = this.rows.filter(({ entry }) => this.isAnomalous(entry)).length;
    const none = this.rows.length === 0;
    element('count').textContent = none ? '' : `(${anomalous} of ${this.rows.length} anomalous)`;
    element('empty').hidden = !none;
    element('history-buttons').hidden = none;
  }

  private csv(): string {
    const lines = this.rows.map(({ entry }) => {
      const name = `"${entry.name.replaceAll('"', '""')}"`;
      return [name, entry.score, this.threshold ?? entry.threshold, this.isAnomalous(entry)].join(',');
    });
    return `${['picture,score,threshold,anomalous', ...lines.reverse()].join('\r\n')}\r\n`;
  }
}
