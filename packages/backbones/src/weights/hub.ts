import { WeightsError } from './error.js';

/** Sizes of EfficientNet, and tags under which timm has their ImageNet weights; the official ones are the AutoAugment ones. */
const EFFICIENTNET = ['b0', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7'];
const LITE = ['lite0', 'lite1', 'lite2', 'lite3', 'lite4'];
const V2 = ['b0', 'b1', 'b2', 'b3', 's', 'm', 'l'];
const TORCHVISION = ['resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152', 'wide_resnet50_2'];

const DEFAULT_REPOSITORIES: Readonly<Record<string, string>> = Object.fromEntries([
  ...EFFICIENTNET.flatMap((size) => [
    [`efficientnet_${size}`, `timm/tf_efficientnet_${size}.aa_in1k`],
    [`tf_efficientnet_${size}`, `timm/tf_efficientnet_${size}.aa_in1k`],
  ]),
  ...LITE.map((size) => [`tf_efficientnet_${size}`, `timm/tf_efficientnet_${size}.in1k`]),
  ...V2.map((size) => [`tf_efficientnetv2_${size}`, `timm/tf_efficientnetv2_${size}.in1k`]),
  ...TORCHVISION.map((name) => [name, `timm/${name}.tv_in1k`]),
  ['resnet26', 'timm/resnet26.bt_in1k'],
]);

export const DEFAULT_HUB = 'https://huggingface.co';

/** The name that model hubs give to a model's weights. */
export const WEIGHTS_FILE = 'model.safetensors';

/** Twice the largest network here (tf_efficientnetv2_l, 0.44 GiB); anything beyond is not a backbone. */
export const MAX_WEIGHTS_BYTES = 2 ** 30;

export interface HubFile {
  /** Host name of the hub. */
  readonly host: string;
  readonly repository: string;
  readonly revision: string;
  readonly url: string;
}

/** Which hub, and which version on it. */
export interface HubOptions {
  /** Where the hub is; default https://huggingface.co. */
  readonly hub?: string;
  /** Branch, tag or commit; default `main`. */
  readonly revision?: string;
}

/**
 * The weights that belong to a backbone's name, or of a repository such as `timm/resnet18.tv_in1k`, on a model hub.
 *
 * @throws WeightsError when it is neither, or the hub or the revision is not one
 */
export function hubFile(source: string, { hub = DEFAULT_HUB, revision = 'main' }: HubOptions): HubFile {
  const repository = Object.hasOwn(DEFAULT_REPOSITORIES, source) ? DEFAULT_REPOSITORIES[source]! : source;
  const parts = repository.split('/');
  if (parts.length !== 2 || !parts.every(isPlainName)) {
    throw new WeightsError(
      `Expected a file, a folder, a backbone or a repository such as timm/resnet18.tv_in1k but received ${source}`,
    );
  }
  if (!isPlainName(revision))
    throw new WeightsError(`Expected a branch, tag or commit for the revision but received ${revision}`);
  if (!URL.canParse(hub) || !/^https?:/.test(hub))
    throw new WeightsError(`Expected an http(s) address for the hub but received ${hub}`);
  const url = `${hub.replace(/\/+$/, '')}/${repository}/resolve/${revision}/${WEIGHTS_FILE}`;
  return { host: new URL(hub).hostname, repository, revision, url };
}

function isPlainName(part: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(part);
}
