import { BackboneError } from './error.js';
import { efficientNet, efficientNetVariants } from './networks/efficientnet.js';
import { officialNames, timmNames } from './networks/efficientnet-names.js';
import type { Network, Stage } from './networks/network.js';
import { resNet, resNetVariants } from './networks/resnet.js';
import { uniadTiny } from './networks/uniad-tiny.js';

/** Names that `createBackbone` takes. */
export const backboneNames: readonly string[] = [
  ...Object.keys(efficientNetVariants),
  ...Object.keys(resNetVariants),
  'uniad_tiny',
];

/**
 * The stages of a backbone: their channels, and their strides in pixels.
 *
 * @throws BackboneError when there is no backbone of that name
 */
export function backboneStages(name: string): readonly Stage[] {
  return networks(name)[0].stages.map(({ stage, channels, stride }) => ({ stage, channels, stride }));
}

/** The network under each naming of its parameters, the customary one first. */
export function networks(name: string): readonly [Network, ...Network[]] {
  if (Object.hasOwn(efficientNetVariants, name)) {
    const variant = efficientNetVariants[name]!;
    const official = efficientNet(variant, officialNames);
    const timm = efficientNet(variant, timmNames);
    return name.startsWith('tf_') ? [timm, official] : [official, timm];
  }
  if (Object.hasOwn(resNetVariants, name)) return [resNet(resNetVariants[name]!)];
  if (name === 'uniad_tiny') return [uniadTiny()];
  throw new BackboneError(`Expected one of ${backboneNames.join(', ')} for the backbone but received ${name}`);
}
