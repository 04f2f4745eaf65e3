/** Runs an exported model on a grey ramp and prints what comes out. Usage: run-onnx.mjs FILE BATCH HEIGHT WIDTH */
import ort from 'onnxruntime-node';

const [file, ...sizes] = process.argv.slice(2);
const [batch, height, width] = sizes.map(Number);
const session = await ort.InferenceSession.create(file);
const pixels = Float32Array.from({ length: batch * height * width * 3 }, (_, i) => i % 256);
const { map, ...ofPictures } = await session.run({
  picture: new ort.Tensor('float32', pixels, [batch, height, width, 3]),
});
console.log(
  JSON.stringify({
    map: map.dims,
    largest: map.data.reduce((a, b) => Math.max(a, b)),
    ...Object.fromEntries(Object.entries(ofPictures).map(([name, { data }]) => [name, Array.from(data)])),
  }),
);
