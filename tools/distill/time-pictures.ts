/** Prints the milliseconds that a picture takes through stages 1-4 of the student and its neighbours, at 224 pixels on `onnxruntime`. */
import * as tf from '@tensorflow/tfjs';
import { createBackbone } from '@uniad/backbones';
import { Generator } from '@uniad/nn';
import { compile } from '@uniad/tfjs-onnxruntime';

const RUNS = 15;
const BACKBONES = { uniad_tiny: [1, 2, 3, 4], tf_efficientnetv2_b0: [1, 2, 3, 4], resnet18: [1, 2, 3] };

await tf.setBackend('onnxruntime');
for (const [name, stages] of Object.entries(BACKBONES)) {
  const backbone = createBackbone(name, { stages, weights: new Generator(0) }); // the time does not go with the weights
  const forward = compile((images: tf.Tensor4D) => backbone.forward(images), { freezeVariables: true });
  for (const batch of [1, 8]) {
    const images = tf.randomNormal<tf.Rank.R4>([batch, 224, 224, 3]);
    tf.dispose(forward(images));
    const times = Array.from({ length: RUNS }, () => {
      const start = performance.now();
      tf.dispose(forward(images));
      return performance.now() - start;
    }).sort((a, b) => a - b);
    const [fastest = 0] = times;
    const median = times[Math.floor(RUNS / 2)] ?? 0;
    console.log(
      `${name}, batch ${batch}: median ${(median / batch).toFixed(1)} ms a picture, fastest ${(fastest / batch).toFixed(1)} ms`,
    );
    images.dispose();
  }
  forward.dispose();
  backbone.dispose();
}
