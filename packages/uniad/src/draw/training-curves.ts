import { lineChart } from './chart.js';
import { Markup, markup } from './markup.js';

/** What was measured after an epoch; NaN or absent where it was not. */
export interface EpochFigures {
  readonly epoch: number;
  readonly loss: number;
  readonly imageAuroc?: number;
  readonly pixelAuroc?: number;
}

export interface TrainingCurve {
  /** Of the network. */
  readonly name: string;
  readonly epochs: readonly EpochFigures[];
}

const [WIDTH, HEIGHT] = [460, 300] as const;

/**
 * Loss, image AUROC and pixel AUROC over the epochs of several networks, side by side (Figures 2a and 4).
 *
 * @param lossScale networks' losses can lie powers of ten apart
 */
export async function trainingCurves(
  networks: readonly TrainingCurve[],
  { lossScale = 'log' }: { readonly lossScale?: 'linear' | 'log' } = {},
): Promise<Markup> {
  const panel = async (y: string, figure: 'loss' | 'imageAuroc' | 'pixelAuroc') =>
    lineChart(
      networks.map(({ name, epochs }) => ({
        name,
        points: epochs.filter((one) => Number.isFinite(one[figure])).map((one) => [one.epoch, one[figure]!] as const),
      })),
      { x: 'epoch', y, yScale: figure === 'loss' ? lossScale : 'linear', label: y, width: WIDTH, height: HEIGHT },
    );
  const panels = [
    await panel('loss', 'loss'),
    await panel('image AUROC', 'imageAuroc'),
    await panel('pixel AUROC', 'pixelAuroc'),
  ];
  const names = networks.map(({ name }) => name).join(', ');
  return markup`<svg viewBox="0 0 ${panels.length * WIDTH} ${HEIGHT}" width="${panels.length * WIDTH}" height="${HEIGHT}" role="img" aria-label="Loss, image AUROC and pixel AUROC over the epochs of ${names}">${panels.map(({ text }, i) => new Markup(text.replace('<svg ', `<svg x="${i * WIDTH}" `)))}</svg>`;
}
