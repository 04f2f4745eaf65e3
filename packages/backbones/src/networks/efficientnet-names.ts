/** Names of the parameters of one block, as a prefix for `.weight`, `.bias` and the rest. */
export interface BlockNames {
  readonly expand: string;
  readonly expandNorm: string;
  readonly depthwise: string;
  readonly depthwiseNorm: string;
  readonly squeezeReduce: string;
  readonly squeezeExpand: string;
  readonly project: string;
  readonly projectNorm: string;
}

export interface BlockPosition {
  /** Among all blocks of the network. */
  readonly index: number;
  readonly group: number;
  readonly indexInGroup: number;
  readonly kind: 'inverted' | 'separable' | 'fused' | 'plain';
}

/** How a state dict names the parameters of an EfficientNet. */
export interface EfficientNetNames {
  readonly stem: string;
  readonly stemNorm: string;
  readonly head: string;
  readonly headNorm: string;
  readonly classifier: string;
  block(position: BlockPosition): BlockNames;
}

/** The names of EfficientNet-PyTorch, which UniAD uses. */
export const officialNames: EfficientNetNames = {
  stem: '_conv_stem',
  stemNorm: '_bn0',
  head: '_conv_head',
  headNorm: '_bn1',
  classifier: '_fc',
  block({ index }) {
    const prefix = `_blocks.${index}.`;
    return {
      expand: `${prefix}_expand_conv`,
      expandNorm: `${prefix}_bn0`,
      depthwise: `${prefix}_depthwise_conv`,
      depthwiseNorm: `${prefix}_bn1`,
      squeezeReduce: `${prefix}_se_reduce`,
      squeezeExpand: `${prefix}_se_expand`,
      project: `${prefix}_project_conv`,
      projectNorm: `${prefix}_bn2`,
    };
  },
};

/** timm's names: they number the batch norms of a block by their order and call a convolution by the kind of its block. */
export const timmNames: EfficientNetNames = {
  stem: 'conv_stem',
  stemNorm: 'bn1',
  head: 'conv_head',
  headNorm: 'bn2',
  classifier: 'classifier',
  block({ group, indexInGroup, kind }) {
    const prefix = `blocks.${group}.${indexInGroup}.`;
    const expand = { inverted: 'conv_pw', separable: '', fused: 'conv_exp', plain: '' }[kind];
    const project = { inverted: 'conv_pwl', separable: 'conv_pw', fused: 'conv_pwl', plain: 'conv' }[kind];
    const depthwiseNorm = kind === 'separable' ? 1 : 2;
    const projectNorm = { inverted: 3, separable: 2, fused: 2, plain: 1 }[kind];
    return {
      expand: prefix + expand,
      expandNorm: `${prefix}bn1`,
      depthwise: `${prefix}conv_dw`,
      depthwiseNorm: `${prefix}bn${depthwiseNorm}`,
      squeezeReduce: `${prefix}se.conv_reduce`,
      squeezeExpand: `${prefix}se.conv_expand`,
      project: prefix + project,
      projectNorm: `${prefix}bn${projectNorm}`,
    };
  },
};
