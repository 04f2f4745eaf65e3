import type * as tf from '@tensorflow/tfjs';
import { BatchNorm2d, conv2d, depthwiseConv2d } from '@uniad/nn';
import type { Parameters, StateDict } from '@uniad/nn';
import { activate } from './networks/activation.js';
import { paddingAround, valuesOf, weightShape } from './networks/convolution.js';
import type { Convolution } from './networks/convolution.js';

/** A convolution with the batch norm apart behind it, as it trains. */
export class TrainableConvolution {
  private readonly weight: tf.Variable;
  private readonly bias: tf.Variable | undefined;
  private readonly norm: BatchNorm2d | undefined;

  /** Makes its variables in `parameters` and gives them the values of a state dict that has been checked. */
  constructor(
    private readonly convolution: Convolution,
    parameters: Parameters,
    state: StateDict,
  ) {
    const { name, batchNorm, outChannels } = convolution;
    const own = parameters.scope(name);
    const valuesAt = (path: string) => () => valuesOf(state, path).slice();
    this.weight = own.create('weight', weightShape(convolution), valuesAt(`${name}.weight`));
    if (batchNorm) {
      this.norm = new BatchNorm2d(parameters.scope(batchNorm.name), outChannels, {
        epsilon: batchNorm.epsilon,
        weight: valuesAt(`${batchNorm.name}.weight`),
        bias: valuesAt(`${batchNorm.name}.bias`),
        runningMean: valuesAt(`${batchNorm.name}.running_mean`),
        runningVar: valuesAt(`${batchNorm.name}.running_var`),
      });
    } else {
      this.bias = own.create('bias', [outChannels], valuesAt(`${name}.bias`));
    }
  }

  /** `[batch, height, width, inChannels]` to `[batch, height', width', outChannels]`; see {@link BatchNorm2d} for `training`. */
  forward(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const { stride, depthwise, activation } = this.convolution;
    const geometry = { stride, padding: paddingAround(this.convolution, x) };
    const y = depthwise ? depthwiseConv2d(x, this.weight, geometry) : conv2d(x, this.weight, this.bias, geometry);
    return activate(this.norm ? this.norm.forward(y, training) : y, activation);
  }
}
