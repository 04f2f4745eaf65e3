import { drawHeatMap, heatScaleOf } from '@uniad/core';
import { element, format, showError } from './dom.js';
import type { Finding, ModelCard } from './worker.js';

/** A picture on the stage. */
export interface Shown extends Finding {
  readonly name: string;
  readonly picture: Blob | ImageBitmap;
}

/** The picture that is looked at, its verdict, and the threshold. */
export class Stage {
  private readonly canvas = element<HTMLCanvasElement>('canvas');
  private readonly slider = element<HTMLInputElement>('threshold');
  private readonly heat = element<HTMLInputElement>('heat');
  private card: ModelCard | undefined;
  private entry: Shown | undefined;
  /** By hand, for all pictures; without it each one's own. */
  private byHand: number | undefined;
  /** Only the last of several drawings is shown. */
  private drawing = 0;

  /** @param onThreshold is called when the threshold moves, with undefined for each picture's own */
  constructor(private readonly onThreshold: (threshold: number | undefined) => void) {
    this.slider.addEventListener('input', () => this.moved(Number(this.slider.value)));
    this.heat.addEventListener('change', () => void this.draw());
    element('reset').addEventListener('click', () => this.moved(undefined));
  }

  private get threshold(): number {
    return this.byHand ?? this.entry?.threshold ?? this.card!.threshold.score;
  }

  setModel(card: ModelCard): void {
    this.card = card;
    const { score, mapRange } = card.threshold;
    this.slider.max = String(Math.max(2 * score, mapRange[1]));
    this.slider.disabled = element<HTMLButtonElement>('reset').disabled = false;
    this.clear();
    this.moved(undefined);
  }

  /** Draws a picture and says what came of it. */
  async show(entry: Shown): Promise<void> {
    this.entry = entry;
    element('hint').hidden = true;
    this.canvas.hidden = false;
    this.judge();
    await this.draw();
  }

  clear(): void {
    this.entry = undefined;
    this.canvas.hidden = element('verdict').hidden = element('marker').hidden = true;
    element('hint').hidden = false;
    element('hint').innerHTML = '<strong>Drop pictures here</strong><br />choose them, or use the camera.';
  }

  private moved(byHand: number | undefined): void {
    this.byHand = byHand;
    this.onThreshold(byHand);
    this.judge();
    void this.draw();
  }

  private judge(): void {
    this.slider.value = String(this.threshold);
    element('threshold-value').textContent = format(this.threshold);
    if (!this.entry) return;
    const { name, score, category } = this.entry;
    const anomalous = score >= this.threshold;
    const badge = element('badge');
    badge.textContent = anomalous ? 'Anomalous' : 'Normal';
    badge.className = `badge ${anomalous ? 'bad' : 'good'}`;
    element('numbers').textContent = [`score ${format(score)}, threshold ${format(this.threshold)}`, name, category]
      .filter(Boolean)
      .join(' · ');
    element('verdict').hidden = false;
    const marker = element('marker');
    marker.hidden = false;
    marker.style.setProperty('--share', String(Math.min(1, score / Number(this.slider.max))));
    this.canvas.setAttribute('aria-label', `${name}: ${badge.textContent}, score ${format(score)}`);
  }

  private async draw(): Promise<void> {
    if (!this.entry || !this.card) return;
    const drawing = ++this.drawing;
    const { picture, map } = this.entry;
    const { config, threshold } = this.card;
    const scale = heatScaleOf({ config, threshold }, this.threshold);
    const canvas = new OffscreenCanvas(1, 1);
    try {
      // Without heat nothing is above the scale.
      const shown = this.heat.checked ? scale : { range: [Infinity, Infinity] as const };
      await drawHeatMap(canvas, picture, map, config.imageSize, shown);
    } catch (error) {
      showError(error);
      return;
    }
    if (drawing !== this.drawing) return;
    [this.canvas.width, this.canvas.height] = [canvas.width, canvas.height];
    this.canvas.getContext('2d')!.drawImage(canvas, 0, 0);
  }
}
