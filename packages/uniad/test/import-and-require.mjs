/**
 * Loads the built package by `import` and by `require` in one process, in both orders, and computes on ONNX Runtime through
 * each: an application that requires it may use a library that imports it. Usage: import-and-require.mjs (after a build)
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { argv, execPath, exit, version } from 'node:process';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const load = { import: () => import('@uniad/core'), require: () => require('@uniad/core') };

/** In the process of its own: computes through each way in turn, and once more through the first. */
async function compute(ways) {
  const tf = require('@tensorflow/tfjs');
  const copies = [];
  for (const way of ways) copies.push(await load[way]());
  for (const [i, core] of [...copies, copies[0]].entries()) {
    const device = await core.selectDevice('onnxruntime');
    const double = device.compile((x) => [tf.matMul(x, tf.tensor2d([[2, 0], [0, 2]]))]); // prettier-ignore
    const [result] = double(tf.tensor2d([[1, i]]));
    const values = [...(await result.data())];
    if (values.join() !== `2,${2 * i}`) throw new Error(`Expected 2, ${2 * i} but received ${values.join(', ')}`);
    double.dispose();
  }
  return new Set(copies.map(({ DeviceError }) => DeviceError)).size;
}

/** Runs this file anew; whether both ways computed, from the expected number of copies of the package. */
function check(order, copies, flags) {
  const args = [...flags, fileURLToPath(import.meta.url), ...order];
  const { stdout, stderr } = spawnSync(execPath, args, { encoding: 'utf8' });
  const right = stdout === `${copies}\n` && stderr === '';
  const what = `${order.join(' and ')} of @uniad/core, Node ${version}`;
  console.log(
    `${what}: ${right ? `${copies} in the process, computes` : `expected ${copies} but received ${stdout}${stderr}`}`,
  );
  return right;
}

const ways = argv.slice(2);
if (ways.length > 0) {
  console.log(`${await compute(ways)}`);
} else {
  const orders = [['import', 'require'], ['require', 'import']]; // prettier-ignore
  const results = orders.flatMap((order) => [
    check(order, 1, []),
    // As with the tools that do not know of `module-sync`.
    check(order, 2, ['--no-experimental-require-module']),
  ]);
  exit(results.every(Boolean) ? 0 : 1);
}
