export { PickleError } from './error.js';
export { isKind, readPickle, textOf } from './read-pickle.js';
export type { Bytes, Global, Made, Persistent, PickleValue, ReadPickleOptions } from './read-pickle.js';
export { readTorch } from './read-torch.js';
export type { TorchTensor } from './torch-tensor.js';
