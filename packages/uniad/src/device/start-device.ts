import * as tf from '@tensorflow/tfjs';
import { DeviceError } from '../errors.js';
import type { Device, DeviceName } from './device.js';
import { firstLine, NotInstalled } from './registration.js';
import type { Registration } from './registration.js';

/** A device that may start here. */
export interface Candidate {
  readonly name: DeviceName;
  /** Registers the device with tfjs; throws where it cannot run. */
  readonly register: () => Promise<Registration>;
  /** Said when it cannot start and something slower is chosen. */
  readonly remedy?: string;
}

/**
 * Starts a device by its name, or for `auto` the first of the candidates that starts; a name that stands there twice means its
 * last place, which asks for less.
 *
 * @throws DeviceError with the reason; tfjs then runs on what it ran on before
 */
export async function startDevice(name: DeviceName | 'auto', candidates: readonly Candidate[]): Promise<Device> {
  tf.env().set('PROD', true); // Else tfjs prints an advertisement for tfjs-node.
  const previous = tf.getBackend() as string | undefined;
  try {
    return await (name === 'auto' ? startFastest(candidates) : startNamed(name, candidates));
  } catch (error) {
    if (previous) await tf.setBackend(previous);
    throw error;
  }
}

async function startNamed(name: DeviceName, candidates: readonly Candidate[]): Promise<Device> {
  const candidate = candidates.findLast((other) => other.name === name);
  if (!candidate)
    throw new DeviceError(
      `Expected one of auto, ${namesOf(candidates)} for device but received ${JSON.stringify(name)}`,
    );
  try {
    const registration = await candidate.register();
    await start(name);
    return { name, reason: `device ${name}: ${registration.merit}`, compile: registration.compile };
  } catch (error) {
    throw new DeviceError(`The device ${name} cannot start: ${firstLine(error)}`, { cause: error });
  }
}

async function startFastest(candidates: readonly Candidate[]): Promise<Device> {
  const missed = new Set<string>();
  for (const { name, register, remedy } of candidates) {
    try {
      const { compile, merit } = await register();
      await start(name);
      return { name, reason: [`device ${name}: ${merit}`, ...missed].join('; '), compile };
    } catch (error) {
      if (remedy) missed.add(`for more speed: ${remedy} (${firstLine(error)})`);
      else if (!(error instanceof NotInstalled)) missed.add(`${name}: ${firstLine(error)}`);
    }
  }
  throw new DeviceError(['No device can start, not even cpu', ...missed].join('; '));
}

/** Has tfjs run on a device; throws unless a small product comes out right: some load well and then fail at everything. */
async function start(name: DeviceName): Promise<void> {
  if (!(await tf.setBackend(name))) {
    // tfjs keeps the reason to itself: the second try throws it.
    await tf.findBackendFactory(name)();
    throw new Error('tfjs could not initialise it');
  }
  const product = tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5], [6]]))); // prettier-ignore
  try {
    const values = [...(await product.data())];
    if (values.join() !== '17,39') throw new Error(`a product that is 17, 39 came out as ${values.join(', ')}`);
  } finally {
    product.dispose();
  }
}

const namesOf = (candidates: readonly Candidate[]) => [...new Set(candidates.map(({ name }) => name))].join(', ');
