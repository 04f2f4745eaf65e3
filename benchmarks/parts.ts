/**
 * Prints what a picture costs by part, from the bytes of its file to its heat map: milliseconds of one core, the least of many
 * turns, in which all parts run one after the other, so that other work on the machine counts for little. `--help` lists the settings.
 */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import {
  anomalyMap,
  createModel,
  Detector,
  drawHeatMap,
  FeatureExtractor,
  heatScaleOf,
  imageScores,
  isMapScore,
  prepareImage,
  readModel,
  selectDevice,
  toInt8Model,
} from '@uniad/core';
import type { Compile, ModelConfig, TrainedModel } from '@uniad/core';
import { decodePicture } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import Table from 'cli-table3';
import { Command, Option } from 'commander';

const flags = new Command('parts')
  .requiredOption('--model <run>', 'folder that `uniad train` wrote')
  .requiredOption('--picture <file>', 'a picture')
  .addOption(new Option('--precision <name>', 'what products are computed in').choices(['float32', 'int8']))
  .option('--turns <n>', 'runs of each part', '50')
  .parse()
  .opts<{ model: string; picture: string; precision?: 'float32' | 'int8'; turns: string }>();

/** Distances beside the network's, each of which can be left out; the last tells the others which kind of part it is. */
const BESIDE = ['patches', 'memory', 'places'] as const;

type Run = () => unknown;

const read = await readModel(flags.model);
const model: TrainedModel =
  flags.precision === 'int8'
    ? toInt8Model(read)
    : { ...read, precision: flags.precision ?? read.precision ?? 'float32' };
const { config, precision } = model;
const device = await selectDevice('onnxruntime');
const compile: Compile = (fn, options) => device.compile(fn, { ...options, threads: 1 });
const bytes = await readFile(flags.picture);
const picture = await decodePicture(bytes);
const image = prepareImage(picture, config.imageSize, model.input);
const extractor = new FeatureExtractor(config, model.backbone, compile);
const detector = new Detector(model, compile);
const [features, [inspection]] = [(await extractor.extract([image]))[0]!, await detector.inspectImages([image])];

/** A method's distances, without the parts of these names. */
function distanceWithout(names: readonly string[]): Run {
  const shortened = Object.fromEntries(Object.entries(config).filter(([key]) => !names.includes(key))) as ModelConfig;
  const state: StateDict = Object.fromEntries(
    Object.entries(model.parameters).filter(([name]) => !names.some((one) => name.startsWith(`${one}.`))),
  );
  const method = createModel(shortened, extractor.channels, new Generator(0));
  method.loadStateDict(state);
  const input = tf.tensor4d(features, [1, ...extractor.shape]);
  return running(
    compile((x) => [method.distance(x as tf.Tensor4D)], { freezeVariables: true, ...(precision && { precision }) }),
    input,
  );
}

function running(run: ReturnType<Compile>, input: tf.Tensor): Run {
  return () => tf.dispose(run(input));
}

const beside = BESIDE.filter((name) => name in config && config[name as keyof ModelConfig] !== undefined);
const distances = tf.zeros([1, ...extractor.shape.slice(0, 2)]);
const maps = compile(
  (distance) => {
    const map = anomalyMap(distance as tf.Tensor3D, config);
    const { imageScore } = config;
    return isMapScore(imageScore) ? [map, imageScores(map, { imageScore })] : [map];
  },
  { freezeVariables: true },
);
const parts: Record<string, Run> = {
  decode: () => decodePicture(bytes),
  'resize and normalise': () => prepareImage(picture, config.imageSize, model.input),
  backbone: () => extractor.extract([image]),
  method: distanceWithout([]),
  ...Object.fromEntries(beside.map((name, i) => [name, distanceWithout(beside.slice(0, i + 1))])),
  'map and score': running(maps, distances),
  'all of these': async () =>
    detector.inspectImages([prepareImage(await decodePicture(bytes), config.imageSize, model.input)]),
  'heat map as PNG': () =>
    drawHeatMap(picture, inspection!.map, config.imageSize, heatScaleOf(model, inspection!.threshold)),
};

const least = new Map<string, number>();
for (let turn = 0; turn < Number(flags.turns); turn++) {
  for (const [name, run] of Object.entries(parts)) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    least.set(name, Math.min(least.get(name) ?? Infinity, (user + system) / 1000));
  }
}
const whole = least.get('all of these')!;
const table = new Table({
  head: ['part', 'ms of one core', 'share'],
  colAligns: ['left', 'right', 'right'],
});
for (const [name, milliseconds] of least) {
  // What is left out costs what the method takes less without it.
  const at = beside.indexOf(name as (typeof BESIDE)[number]);
  const before = at > 0 ? least.get(beside[at - 1]!)! : least.get('method')!;
  const rest = beside.length > 0 ? least.get(beside.at(-1)!)! : milliseconds;
  const own = at >= 0 ? before - milliseconds : name === 'method' ? rest : milliseconds;
  const title = name === 'method' && beside.length > 0 ? 'network' : name;
  table.push([title, own.toFixed(1), `${((100 * own) / whole).toFixed(0)} %`]);
}
console.log(table.toString());
process.exit(); // The device's threads do not end by themselves.
