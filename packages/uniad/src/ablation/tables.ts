import type { ConfigOverrides } from '../config.js';
import type { TrainingOverrides } from '../training/training-options.js';
import { mvtecFigures } from './mvtec-figures.js';
import type { PaperFigures, Row, Table } from './table.js';

/** What stands in every row unless the row says otherwise is the paper's model: `presets.paper`. */
type Reconstruction = Extract<ConfigOverrides, { method?: 'reconstruction' | undefined }>;

/** The paper counts to 100. */
const share = (percent: number) => Math.round(percent * 10) / 1000;

const auroc = (localization: number, detection: number): PaperFigures => ({
  detection: share(detection),
  localization: share(localization),
});

const noMask: Reconstruction = { neighborMask: null };
const noJitter: Reconstruction = { jitter: { scale: 0 } };
const plain: Reconstruction = { ...noMask, ...noJitter };
const allMasks = { encoder: true, decoderFirst: true, decoderSecond: true };

/** The vanilla transformer with one query embedding, which the paper calls its baseline. */
const vanilla: Reconstruction = { ...plain, queries: 'one' };

const ours: Row = { name: 'layer-wise query, NMA, FJ', paper: auroc(96.8, 96.5) };

const queryRows: readonly Row[] = [
  { name: 'no query', config: { ...plain, queries: 'none' }, paper: auroc(79.4, 69.5) },
  { name: '1 query', config: vanilla, paper: auroc(92.8, 87.6) },
  { name: 'layer-wise query', config: plain, paper: auroc(96.5, 95.0) },
  { name: '1 query, NMA', config: { ...noJitter, queries: 'one' }, paper: auroc(96.3, 96.1) },
  { name: '1 query, FJ', config: { ...noMask, queries: 'one' }, paper: auroc(95.8, 95.0) },
  ours,
];

const moreQueryRows: readonly Row[] = [
  { name: '1 query, NMA, FJ', config: { queries: 'one' }, paper: auroc(96.6, 96.2) },
  { name: 'layer-wise query, NMA', config: noJitter, paper: auroc(96.5, 95.8) },
  { name: 'layer-wise query, FJ', config: noMask, paper: auroc(96.2, 94.9) },
];

type Layers = readonly [encoder: number, decoder: number, vanilla: PaperFigures, ours: PaperFigures];

const layers: readonly Layers[] = [
  [4, 0, auroc(79.2, 69.8), auroc(96.0, 94.9)],
  [0, 4, auroc(88.3, 80.5), auroc(96.3, 96.1)],
  [2, 2, auroc(90.6, 84.7), auroc(96.0, 95.1)],
  [4, 4, auroc(92.8, 87.6), auroc(96.8, 96.5)],
  [6, 6, auroc(91.9, 86.1), auroc(96.7, 96.5)],
];

const layerRows: readonly Row[] = layers.flatMap(([encoderLayers, decoderLayers, vanillaFigures, oursFigures]) => {
  const counts = { encoderLayers, decoderLayers };
  return [
    { name: `vanilla, ${encoderLayers} + ${decoderLayers}`, config: { ...vanilla, ...counts }, paper: vanillaFigures },
    { name: `ours, ${encoderLayers} + ${decoderLayers}`, config: counts, paper: oursFigures },
  ];
});

const maskSizeRow = (side: number, paper: PaperFigures): Row => ({
  name: `${side}x${side}`,
  config: { neighborMask: { size: [side, side] } },
  paper,
});

const maskPlaceRow = (name: string, decoderFirst: boolean, decoderSecond: boolean, paper: PaperFigures): Row => ({
  name,
  config: { neighborMask: { ...allMasks, decoderFirst, decoderSecond } },
  paper,
});

const scaleRow = (scale: number, paper: PaperFigures): Row => ({
  name: String(scale),
  config: { jitter: { scale } },
  paper,
});

const probabilityRow = (probability: number, paper: PaperFigures): Row => ({
  name: String(probability),
  config: { jitter: { probability } },
  paper,
});

const designRow = (
  decoderDesign: NonNullable<Reconstruction['decoderDesign']>,
  bare: PaperFigures,
  full?: PaperFigures,
): Row[] => [
  { name: `(${decoderDesign})`, config: { ...plain, decoderDesign }, paper: bare },
  ...(full ? [{ name: `(${decoderDesign}), NMA, FJ`, config: { decoderDesign }, paper: full }] : []),
];

const backboneRow = (name: string, detection: number, localization: number): Row => ({
  name,
  config: { backbone: { name } },
  paper: auroc(localization, detection),
});

/** CIFAR-10 as the paper has it (section B.4); the authors' code takes 224x224 and 7x7 masks instead. */
const cifar: Reconstruction = {
  imageSize: [128, 128],
  featureSize: [8, 8],
  neighborMask: { size: [5, 5] },
  imageScore: 'mean',
  backbone: { stages: [1, 2, 3, 4, 5] },
};

const cifarRow = (classes: string, detection: number): Row => ({
  name: `{${classes}}`,
  config: cifar,
  normalClasses: Array.from(classes, Number),
  paper: { detection: share(detection) },
});

/** The four networks of figure 2: the baselines without masks or jitter, whose shortcut the figure shows. */
const networks: readonly (readonly [name: string, config: Reconstruction])[] = [
  ['MLP', { ...plain, reconstruction: 'mlp', queries: 'one' }],
  ['CNN', { ...plain, reconstruction: 'cnn' }],
  ['transformer', vanilla],
  ['UniAD', {}],
];

const both = ['unified', 'separate'] as const;

/** A method beside ours, and the paper's figures of it: unified and separate. */
interface Rival {
  readonly name: string;
  readonly config: ConfigOverrides;
  /** Where it is not trained as ours is; for how long is said for all rows at once. */
  readonly training?: TrainingOverrides;
  readonly quick?: ConfigOverrides;
  readonly detection?: readonly [unified: number, separate: number];
  readonly localization?: readonly [unified: number, separate: number];
}

/** On the features, or pictures, that ours sees; of PatchCore the paper has no figures. */
const rivals: readonly Rival[] = [
  { name: 'PaDiM', config: { method: 'padim' }, detection: [84.2, 95.5], localization: [89.5, 97.4] },
  { name: 'PatchCore', config: { method: 'patchcore' } },
  {
    name: 'CutPaste',
    config: { method: 'cutpaste' },
    training: { learningRate: 1e-3, clipNorm: 1 },
    detection: [77.5, 96.1],
  },
  {
    name: 'MKD',
    config: { method: 'mkd' },
    training: { learningRate: 1e-3, clipNorm: 1 },
    detection: [81.9, 87.8],
    localization: [84.9, 90.7],
  },
  {
    name: 'DRAEM',
    config: { method: 'draem' },
    quick: { method: 'draem', imageSize: [64, 64], widths: { reconstructive: 4, discriminative: 4 } },
    detection: [88.1, 98.0],
    localization: [87.2, 97.3],
  },
];

function rivalRows(measure: 'detection' | 'localization'): Row[] {
  return both.flatMap((setting, i) =>
    rivals.map(({ name, config, training, quick, [measure]: figures }): Row => ({
      name: `${name}, ${setting}`,
      setting,
      config,
      ...(training && { training }),
      ...(quick && { quick }),
      paper: figures ? { [measure]: share(figures[i]!) } : {},
    })),
  );
}

/** Every table of the paper that our code has rows of, and the curves of figure 2. */
export const tables: readonly Table[] = [
  {
    id: '1',
    title: 'Anomaly detection on MVTec-AD (ours, and the methods that are here)',
    rows: [
      ...both.map((setting) => ({ name: setting, setting, ...mvtecFigures('detection', setting) })),
      ...rivalRows('detection'),
    ],
  },
  {
    id: '2',
    title: 'Anomaly localization on MVTec-AD (ours, and the methods that are here)',
    rows: [
      ...both.map((setting) => ({ name: setting, setting, ...mvtecFigures('localization', setting) })),
      ...rivalRows('localization'),
    ],
  },
  {
    id: '3',
    title: 'Anomaly detection on CIFAR-10, many versus many (our column)',
    rows: [cifarRow('01234', 80.1), cifarRow('56789', 73.8), cifarRow('02468', 88.8), cifarRow('13579', 85.6)],
  },
  {
    id: '4',
    title: 'Comparison with transformer-based competitors (our rows)',
    rows: [
      { name: 'baseline (1 query), unified', config: vanilla, paper: auroc(92.8, 87.6) },
      { name: 'baseline (1 query), separate', config: vanilla, setting: 'separate', paper: auroc(95.8, 94.7) },
      { name: 'ours, unified', paper: auroc(96.8, 96.5) },
      { name: 'ours, separate', setting: 'separate', paper: auroc(96.6, 96.6) },
    ],
  },
  { id: '5a', title: 'Layer-wise query, neighbor masked attention, feature jittering', rows: queryRows },
  { id: '5b', title: 'Layer number of encoder and decoder', rows: layerRows },
  {
    id: '5c',
    title: 'Neighbor size',
    rows: [
      maskSizeRow(1, auroc(96.3, 94.6)),
      maskSizeRow(5, auroc(96.8, 96.4)),
      maskSizeRow(7, auroc(96.8, 96.5)),
      maskSizeRow(9, auroc(96.7, 96.3)),
    ],
  },
  {
    id: '5d',
    title: 'Where neighbor masked attention is added',
    rows: [
      maskPlaceRow('encoder', false, false, auroc(96.3, 95.8)),
      maskPlaceRow('encoder, first decoder attention', true, false, auroc(96.8, 96.4)),
      maskPlaceRow('encoder, second decoder attention', false, true, auroc(96.7, 96.5)),
      maskPlaceRow('all', true, true, auroc(96.8, 96.5)),
    ],
  },
  {
    id: '5e',
    title: 'Jitter scale',
    rows: [
      scaleRow(5, auroc(96.7, 96.1)),
      scaleRow(10, auroc(96.7, 96.4)),
      scaleRow(20, auroc(96.8, 96.5)),
      scaleRow(30, auroc(96.6, 95.7)),
    ],
  },
  {
    id: '5f',
    title: 'Jitter probability',
    rows: [
      probabilityRow(0.25, auroc(96.5, 95.6)),
      probabilityRow(0.5, auroc(96.7, 95.8)),
      probabilityRow(0.75, auroc(96.7, 96.3)),
      probabilityRow(1, auroc(96.8, 96.5)),
    ],
  },
  { id: 'A2', title: 'All of query embedding, masked attention and jittering', rows: [...queryRows, ...moreQueryRows] },
  {
    id: 'A3',
    title: 'Designs of the layer-wise query decoder',
    rows: [
      { name: 'vanilla', config: vanilla, paper: auroc(92.8, 87.6) },
      ...designRow('a', auroc(96.5, 95.0), auroc(96.8, 96.5)),
      ...designRow('b', auroc(96.3, 94.4), auroc(96.7, 96.3)),
      ...designRow('c', auroc(87.0, 78.4)),
      ...designRow('d', auroc(87.0, 77.9)),
      ...designRow('e', auroc(89.9, 78.2)),
      ...designRow('f', auroc(94.0, 89.8), auroc(96.6, 96.0)),
    ],
  },
  {
    id: 'A4',
    title: 'Loss function',
    rows: [
      { name: 'MSE', paper: auroc(96.8, 96.5) },
      { name: 'normalized MSE', config: { loss: 'normalized-mse' }, paper: auroc(96.9, 96.4) },
      { name: 'cosine', config: { loss: 'cosine' }, paper: auroc(96.8, 96.6) },
    ],
  },
  {
    id: 'A5',
    title: 'Trained or frozen backbone',
    rows: [
      { name: 'trained', config: { backbone: { frozen: false } }, paper: auroc(65.5, 65.9) },
      { name: 'frozen', paper: auroc(96.8, 96.5) },
    ],
  },
  {
    id: 'A6',
    title: 'Backbone architecture',
    rows: [
      backboneRow('resnet18', 92.4, 95.8),
      backboneRow('resnet34', 93.0, 96.2),
      backboneRow('resnet50', 92.4, 96.0),
      backboneRow('resnet101', 92.2, 95.9),
      backboneRow('efficientnet_b0', 96.1, 96.4),
      backboneRow('efficientnet_b2', 96.2, 97.0),
      backboneRow('efficientnet_b4', 96.5, 96.8),
      backboneRow('efficientnet_b6', 96.0, 96.7),
    ],
  },
  {
    id: 'A7',
    title: 'Complexity: FLOPs of one picture in G, learnable parameters in M',
    rows: [
      {
        name: 'ours',
        config: { backbone: { name: 'efficientnet_b4' } },
        complexity: { flops: 6.46, parameters: 7.48 },
        paper: {},
      },
    ],
  },
  {
    id: 'figure2',
    title: 'Reconstruction networks while they train',
    rows: networks.flatMap(([name, config]) =>
      both.map((setting): Row => ({ name: `${name}, ${setting}`, config, setting, curve: true, paper: {} })),
    ),
  },
];
