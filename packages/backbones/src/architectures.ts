import { BackboneError } from './error.js';
import { efficientNet } from './networks/efficientnet.js';
import { officialNames, timmNames } from './networks/efficientnet-names.js';
import { efficientNetVariants } from './networks/efficientnet-variants.js';
import type { EfficientNetName } from './networks/efficientnet-variants.js';
import type { Network, Stage } from './networks/network.js';
import { imagenetPictures } from './networks/pictures.js';
import type { Pictures } from './networks/pictures.js';
import { resNet, resNetVariants } from './networks/resnet.js';
import type { ResNetName } from './networks/resnet.js';
import { uniadTiny } from './networks/uniad-tiny.js';

/** A backbone that can be built. */
export type BackboneName = EfficientNetName | ResNetName | 'uniad_tiny';

/** Completes in an editor and takes any string, which is checked when it is used. */
export type AnyBackboneName = BackboneName | (string & {});

const efficientNetNames = Object.keys(efficientNetVariants) as EfficientNetName[];
const resNetNames = Object.keys(resNetVariants) as ResNetName[];

/** Names that `createBackbone` takes. */
export const backboneNames: readonly BackboneName[] = [...efficientNetNames, ...resNetNames, 'uniad_tiny'];

/** What can be said of a backbone without its weights. */
export interface BackboneDescription extends Pictures {
  readonly name: BackboneName;
  readonly stages: readonly Stage[];
}

/**
 * The stages of a backbone, and how the pictures are normalised that its weights were trained on.
 *
 * @throws BackboneError when there is no backbone of that name
 */
export function describeBackbone(name: AnyBackboneName): BackboneDescription {
  const known = backboneName(name);
  const [{ stages }] = networks(known);
  return {
    name: known,
    stages: stages.map(({ stage, channels, stride }) => ({ stage, channels, stride })),
    ...picturesOf(known),
  };
}

/** @throws BackboneError that lists the names there are */
export function backboneName(name: string): BackboneName {
  const known = backboneNames.find((candidate) => candidate === name);
  if (known) return known;
  throw new BackboneError(`Expected one of ${backboneNames.join(', ')} for the backbone but received ${name}`);
}

/** The network under each naming of its parameters, the customary one first. */
export function networks(name: BackboneName): readonly [Network, ...Network[]] {
  if (name === 'uniad_tiny') return [uniadTiny()];
  if (isResNet(name)) return [resNet(resNetVariants[name])];
  const official = efficientNet(efficientNetVariants[name], officialNames);
  const timm = efficientNet(efficientNetVariants[name], timmNames);
  return name.startsWith('tf_') ? [timm, official] : [official, timm];
}

function picturesOf(name: BackboneName): Pictures {
  if (name === 'uniad_tiny' || isResNet(name)) return imagenetPictures(224);
  return efficientNetVariants[name].pictures;
}

function isResNet(name: BackboneName): name is ResNetName {
  return Object.hasOwn(resNetVariants, name);
}
