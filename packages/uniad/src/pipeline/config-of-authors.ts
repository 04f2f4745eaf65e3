import { describeBackbone } from '@uniad/backbones';
import type { PlainValue } from '@uniad/pickle';
import * as v from 'valibot';
import type { ConfigOverrides } from '../config.js';
import { RunError } from '../errors.js';
import { merge } from '../merge.js';

const pair = v.tuple([v.number(), v.number()]);
const numbers = v.array(v.number());

/** The parts of a network as the authors' `config.yaml` lists them, with what their code adds before it saves them; the rest is read past. */
const parts = {
  backbone: v.object({
    type: v.string(),
    kwargs: v.object({ outlayers: v.optional(numbers), outstrides: v.optional(numbers) }),
  }),
  neck: v.object({ kwargs: v.object({ outstrides: v.optional(numbers) }) }),
  reconstruction: v.object({
    kwargs: v.object({
      nhead: v.optional(v.number()),
      dropout: v.optional(v.number()),
      activation: v.optional(v.picklist(['relu', 'gelu'])),
      feature_size: v.optional(pair),
      feature_jitter: v.nullish(v.object({ scale: v.number(), prob: v.number() })),
      neighbor_mask: v.nullish(
        v.object({ neighbor_size: pair, mask: v.tuple([v.boolean(), v.boolean(), v.boolean()]) }),
      ),
    }),
  }),
};

/**
 * What the configuration in a checkpoint of the authors' implementation, its `arch`, tells beyond the tensors: backbone, heads, masks, jitter.
 *
 * @returns what it says; nothing of what it does not
 * @throws RunError naming what is not as in their configurations
 */
export function configOfAuthors(arch: PlainValue | undefined): ConfigOverrides {
  const [backbone, neck, network] = [
    partOf(arch, 'backbone', parts.backbone),
    partOf(arch, 'neck', parts.neck),
    partOf(arch, 'reconstruction', parts.reconstruction),
  ];
  const { feature_size: tokens, feature_jitter: jitter, neighbor_mask: mask, ...plain } = network?.kwargs ?? {};
  const stride = neck?.kwargs.outstrides?.[0];
  return merge(
    {},
    {
      backbone: backbone && backboneOf(backbone.type, backbone.kwargs),
      heads: plain.nhead,
      dropout: plain.dropout,
      activation: plain.activation,
      featureSize: tokens,
      imageSize: tokens && stride !== undefined ? tokens.map((side) => side * stride) : undefined,
      jitter: jitter === null ? { probability: 0 } : jitter && { scale: jitter.scale, probability: jitter.prob },
      neighborMask: mask && {
        size: mask.neighbor_size,
        encoder: mask.mask[0],
        decoderFirst: mask.mask[1],
        decoderSecond: mask.mask[2],
      },
      ...(mask === null && { neighborMask: null }),
    },
  ) as ConfigOverrides;
}

/** Their code keeps the stages of a ResNet as `outlayers`; of an EfficientNet it keeps the strides of the stages alone. */
function backboneOf(
  type: string,
  { outlayers, outstrides }: v.InferOutput<typeof parts.backbone>['kwargs'],
): ConfigOverrides['backbone'] {
  const name = type.slice(type.lastIndexOf('.') + 1);
  const { stages } = describeBackbone(name);
  const named =
    outlayers ?? outstrides?.flatMap((stride) => stages.find((stage) => stage.stride === stride)?.stage ?? []);
  return { name, ...(named && { stages: named }) };
}

/** The part of that name; undefined where there is none, or no more than its name. */
function partOf<S extends v.GenericSchema>(arch: PlainValue | undefined, name: string, schema: S) {
  if (!Array.isArray(arch)) return undefined;
  const part = arch.find((one) => isObject(one) && one['name'] === name);
  if (!isObject(part) || part['kwargs'] === undefined) return undefined;
  const result = v.safeParse(schema, part);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = issue.path?.map(({ key }) => String(key)).join('.');
  throw new RunError(
    `Expected ${issue.expected} for ${name}.${path} in the checkpoint's arch but received ${issue.received}`,
  );
}

function isObject(value: PlainValue | undefined): value is { readonly [name: string]: PlainValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
